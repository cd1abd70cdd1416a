@echo off
rem Runs launcher.py in .venv. The first time, and whenever requirements.txt has changed, it sets .venv up before.
rem
rem   LAUNCHER_PYTHON          the Python that .venv is made with; else the first one found that is new enough
rem   LAUNCHER_REQUIREMENTS    one more list in this folder to install, such as requirements-dev.txt
rem   LAUNCHER_SETUP_ONLY=1    set up and stop
rem   CMAKE_ARGS               for llama.cpp, e.g. -DGGML_CUDA=on
rem
rem What it says goes to stderr: stdout belongs to launcher.py. The script `launcher` does the same elsewhere.
setlocal EnableExtensions DisableDelayedExpansion
set "home=%~dp0"
set "venv=%home%.venv"
set "python=%venv%\Scripts\python.exe"
set "log=%venv%\install.log"
set "lock=%home%.venv.lock"

call :ensure requirements.txt || exit /b 1
if defined LAUNCHER_REQUIREMENTS call :ensure "%LAUNCHER_REQUIREMENTS%" || exit /b 1
if "%LAUNCHER_SETUP_ONLY%"=="1" exit /b 0
"%python%" "%home%launcher.py" %*
exit /b %errorlevel%

rem --- a list is installed when its stamp, a copy of it that is written last, is the same ---

:ensure
set "list=%~1"
set "stamp=%venv%\.%~n1.stamp"
call :is_installed && exit /b 0
set "turn=0"
:take_turn
rem The file stays open, and so closed to others, for as long as this runs; Windows gives it back whatever happens.
set "result="
9>"%lock%" call :set_up
if defined result goto give_back
set /a turn+=1
if %turn% geq 360 exit /b 1
>&2 echo Another launcher is setting up; waiting for it.
ping -n 11 127.0.0.1 >nul
goto take_turn
:give_back
del "%lock%" >nul 2>nul
exit /b %result%

:is_installed
if not exist "%python%" exit /b 1
if not exist "%stamp%" exit /b 1
fc /b "%home%%list%" "%stamp%" >nul 2>nul
exit /b %errorlevel%

:set_up
set "result=1"
call :is_installed && goto done
call :make_venv || exit /b 1
if exist "%stamp%" del "%stamp%"
copy /y "%home%%list%" "%stamp%.new" >nul || exit /b 1
>&2 echo Installing what %list% lists into "%venv%".
>&2 echo The first time llama.cpp is compiled for this machine: about ten minutes on two cores. Progress: "%log%"
rem With CMAKE_ARGS no wheel from pip's cache will do: that may have been compiled without them.
set "cache="
if defined CMAKE_ARGS set "cache=--no-cache-dir"
pushd "%home%"
"%python%" -m pip install --disable-pip-version-check --no-input --progress-bar off %cache% --requirement "%list%" <nul >"%log%" 2>&1
set "pip_result=%errorlevel%"
popd
if not "%pip_result%"=="0" goto explain_failure
move /y "%stamp%.new" "%stamp%" >nul || exit /b 1
>&2 echo Installed.
:done
set "result=0"
exit /b 0

:explain_failure
>&2 echo error: Installing failed. The end of "%log%":
powershell -NoProfile -Command "Get-Content -Tail 15 -LiteralPath $env:log" 1>&2
findstr /r /c:"COMPILER not set" /c:"No CMAKE_C.*_COMPILER" /c:"Microsoft Visual C++ 14" /c:"nmake" "%log%" >nul 2>nul
if not errorlevel 1 goto no_compiler
>&2 echo hint: run the same command again; it goes on where it stopped.
exit /b 1
:no_compiler
>&2 echo hint: a C++ compiler is needed: winget install Microsoft.VisualStudio.2022.BuildTools, with the C++ workload.
exit /b 1

:make_venv
rem Made already, but perhaps only by half when somebody pressed Ctrl-C.
if exist "%python%" "%python%" -m pip --version >nul 2>nul && exit /b 0
set "base="
if defined LAUNCHER_PYTHON goto named_python
for %%P in ("py -3" python python3) do if not defined base call :try_python %%P
if defined base goto create
>&2 echo error: Python 3.11 or newer is needed, and there is none.
>&2 echo hint: winget install Python.Python.3.12, or set LAUNCHER_PYTHON to where it is.
exit /b 1
:named_python
"%LAUNCHER_PYTHON%" -c "import sys; sys.exit(sys.version_info < (3, 11))" >nul 2>nul && set base="%LAUNCHER_PYTHON%"
if defined base goto create
>&2 echo error: LAUNCHER_PYTHON is no Python 3.11 or newer: "%LAUNCHER_PYTHON%"
>&2 echo hint: unset it, or name another one.
exit /b 1
:create
>&2 echo Making "%venv%" with %base%.
%base% -m venv --clear "%venv%" 1>&2
exit /b %errorlevel%

:try_python
%~1 -c "import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))" >nul 2>nul && set "base=%~1"
exit /b 0
