// Calls `action` once, after the user has paused for `delay` milliseconds.
// Each keystroke cancels the pending timer, so a search box asks the server for
// the finished word and not for every letter of it.
export function debounce(action, delay = 250) {
  let timer = null;

  function debounced(...args) {
    clearTimeout(timer);
    timer = setTimeout(() => action.apply(this, args), delay);
  }

  debounced.cancel = () => clearTimeout(timer);
  return debounced;
}

const searchBox = document.querySelector("#search");
searchBox.addEventListener("input", debounce((event) => loadSuggestions(event.target.value)));
