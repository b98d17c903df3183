/** One state for the page; parts are told of each change and draw what concerns them. */

/** `change` replaces the named fields and tells everyone, at once and in order of registration. */
export function createStore(initial) {
  let state = initial;
  const watchers = [];
  return {
    get: () => state,
    change(patch) {
      state = { ...state, ...patch };
      for (const watcher of watchers) watcher(state);
    },
    watch(watcher) {
      watchers.push(watcher);
      watcher(state);
    },
  };
}
