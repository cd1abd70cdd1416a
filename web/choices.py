"""What the person chooses on the pages: kept for the next start, and known here at once."""

import dataclasses
from collections.abc import Callable, Collection, Mapping
from typing import Annotated, Literal

import msgspec

from arguments import LEAST_WORKER_MB
from desktop import autostart
from desktop.desktop_entry import launcher_command
from desktop.shortcut import parse_shortcut
from errors import LauncherError, SettingsError
from models.catalog import find_model
from models.profiles import STARTER, EmbedderProfile
from models.recognition import profile_for
from models.weights import find_weights, is_file_name
from opened import clear_opened
from politeness import OnBattery, parse_hours
from settings import KEYBOARD_SHORTCUT, Settings, available_cores, keep_choices

Window = Literal["auto", "webview", "app", "browser", "none"]
_INSTRUCTION_CHARS = 1000
_SETTINGS = {"history": "has_history", "tray": "has_tray"}  # that have another name in `Settings`


class Wishes(msgspec.Struct, frozen=True, kw_only=True):
    """The body of POST /api/settings: what is to be changed."""

    history: bool | None = None
    keyboard_shortcut: str | None = None
    window: Window | None = None
    query_instruction: str | None = None
    tray: bool | None = None
    start_at_login: bool | None = None
    on_battery: OnBattery | None = None
    hours: str | None = None
    threads: Annotated[int, msgspec.Meta(ge=0, le=1024)] | None = None  # 0: one for each core
    worker_mb: Annotated[int, msgspec.Meta(ge=LEAST_WORKER_MB, le=1 << 20)] | None = None
    model_idle_s: Annotated[int, msgspec.Meta(ge=0)] | None = None  # 0: never


class ShownChoices(msgspec.Struct, frozen=True, kw_only=True):
    history: bool
    keyboard_shortcut: str
    default_shortcut: str
    window: Window
    tray: bool
    start_at_login: bool  # as the desktop has it now
    on_battery: OnBattery
    hours: str
    threads: int
    cores: int  # that this process may use
    worker_mb: int
    model_idle_s: int
    query_instruction: str
    default_instruction: str  # what the model is told when nothing is chosen
    takes_instruction: bool
    pending: tuple[str, ...]  # names of those that hold from the next start


class Choices:
    """The settings as they are chosen now.

    Args:
        settings: Those that this run was started with.
        apply: Given the new settings, has this run follow what it can, and returns the names of that.
    """

    def __init__(self, settings: Settings, apply: Callable[[Settings], Collection[str]] = lambda _: ()) -> None:
        self.settings = settings
        self._apply = apply
        self._pending: dict[str, object] = {}  # what this run was started with, of what it does not follow

    def keep(self, wishes: Wishes) -> None:
        """Keep what is wished for good.

        Raises:
            LauncherError: Something of it cannot be, and nothing was changed; or it cannot be written. What starts at
                login comes last.
        """
        wished = {name: value for name, value in msgspec.structs.asdict(wishes).items() if value is not None}
        if "keyboard_shortcut" in wished:
            wished["keyboard_shortcut"] = wished["keyboard_shortcut"].strip() or KEYBOARD_SHORTCUT
            parse_shortcut(wished["keyboard_shortcut"])
        if "hours" in wished:
            wished["hours"] = " ".join(wished["hours"].split())
            parse_hours(wished["hours"])
        if "query_instruction" in wished:
            wished["query_instruction"] = self._instruction(wished["query_instruction"])
        starts = wished.pop("start_at_login", None)
        self._hold({_SETTINGS.get(name, name): value for name, value in wished.items()}, wished)
        if starts is not None:
            autostart.switch(starts, launcher_command("launch", "--hidden"))

    def use_model(self, name: str) -> None:
        """Keep it as the one that is used; an instruction that it cannot take goes.

        Raises:
            SettingsError: There is no such model, or it is a reranker.
        """
        if find_model(name).role != "embedder":
            raise SettingsError(f"{name} is a reranker: it goes with an embedder.", hint="Choose an embedder.")
        model = {"model": name}
        is_deaf = bool(self.settings.query_instruction) and not self._profile(name)
        kept = {**model, "query_instruction": ""} if is_deaf else model
        self._hold({"model": name, "query_instruction": "" if is_deaf else self.settings.query_instruction}, kept)
        self.settings = dataclasses.replace(self.settings, is_model_chosen=True)

    def shown(self) -> ShownChoices:
        profile = self._profile(self.settings.model)
        return ShownChoices(
            history=self.settings.has_history,
            keyboard_shortcut=self.settings.keyboard_shortcut,
            default_shortcut=KEYBOARD_SHORTCUT,
            window=msgspec.convert(self.settings.window, Window),
            tray=self.settings.has_tray,
            start_at_login=autostart.is_on(),
            on_battery=self.settings.on_battery,
            hours=self.settings.hours,
            threads=self.settings.threads,
            cores=available_cores(),
            worker_mb=self.settings.worker_mb,
            model_idle_s=self.settings.model_idle_s,
            query_instruction=self.settings.query_instruction,
            default_instruction=profile.query.instruction if profile else "",
            takes_instruction=profile is not None,
            pending=tuple(name for name in self._pending if name != "model"),
        )

    def forget_opened(self) -> None:
        clear_opened(self.settings.opened_file)

    def _hold(self, chosen: Mapping[str, str | bool | int], kept: Mapping[str, str | bool | int]) -> None:
        before = {name: self._pending.get(name, getattr(self.settings, name)) for name in chosen}
        settings = dataclasses.replace(self.settings, **chosen)  # type: ignore[arg-type]
        followed = self._apply(settings)  # first: a key may be taken
        keep_choices(kept, self.settings.config_file)
        self.settings = settings
        for name, value in chosen.items():
            if name in followed or before[name] == value:
                self._pending.pop(name, None)
            else:
                self._pending[name] = before[name]

    def _instruction(self, text: str) -> str:
        instruction = " ".join(text.split())
        if instruction and not self._profile(self.settings.model):
            raise SettingsError("The model that is used takes no instruction.", hint="Leave it empty.")
        if len(instruction) > _INSTRUCTION_CHARS:
            raise SettingsError(f"An instruction has at most {_INSTRUCTION_CHARS} characters.", hint="Make it shorter.")
        return instruction

    def _profile(self, model: str) -> EmbedderProfile | None:
        """How the model wants to be asked, if it can be told how; a file that is not there cannot."""
        if not is_file_name(model):
            profile = find_model(model).profile
        else:
            try:
                profile = profile_for(find_weights(model, self.settings.models_dir, projector="none"))
            except LauncherError:
                return None
        return profile if isinstance(profile, EmbedderProfile) and profile is not STARTER else None
