function (told) {
  "use strict";
  // A sandboxed page has no origin: no cookie, no storage. It shows its key instead, to its own tool alone.
  let key = told.key;
  const here = new URL(document.URL);
  const HEADER = "X-MAIA-Page";

  function ours(address) {
    try {
      const url = new URL(address, document.baseURI);
      const same = url.host === here.host && /^(https?|wss?):$/.test(url.protocol);
      return same && url.pathname.startsWith(told.base);
    } catch (_) {
      return false;
    }
  }

  function define(target, name, value) {
    try {
      Object.defineProperty(target, name, { value, configurable: true, writable: true });
    } catch (_) { /* a browser that does not let it be replaced */ }
  }

  function storage() {
    const kept = new Map();
    const methods = {
      getItem: name => (kept.has(String(name)) ? kept.get(String(name)) : null),
      setItem: (name, value) => void kept.set(String(name), String(value)),
      removeItem: name => void kept.delete(String(name)),
      clear: () => kept.clear(),
      key: index => [...kept.keys()][index] ?? null
    };
    return new Proxy(methods, {
      get: (of, name) => (name === "length" ? kept.size : name in of ? of[name] : kept.get(name)),
      set: (_, name, value) => (kept.set(String(name), String(value)), true),
      has: (of, name) => name in of || kept.has(name),
      deleteProperty: (_, name) => (kept.delete(name), true),
      ownKeys: () => [...kept.keys()],
      getOwnPropertyDescriptor: (_, name) =>
        kept.has(name) ? { value: kept.get(name), enumerable: true, configurable: true, writable: true } : undefined
    });
  }

  define(window, "localStorage", storage());
  define(window, "sessionStorage", storage());
  let cookies = "";
  Object.defineProperty(document, "cookie", {
    configurable: true,
    get: () => cookies,
    set: value => { cookies = [cookies, String(value).split(";")[0]].filter(Boolean).join("; "); }
  });

  const fetched = window.fetch.bind(window);
  window.fetch = function (input, init) {
    const address = input instanceof Request ? input.url : String(input);
    if (!ours(address)) return fetched(input, init);
    const asked = new Request(input, init);
    const headers = new Headers(asked.headers);
    headers.set(HEADER, key);
    return fetched(new Request(asked, { headers, credentials: "omit", mode: "cors" }));
  };

  const Asked = window.XMLHttpRequest.prototype;
  const open = Asked.open;
  Asked.open = function (method, address, ...rest) {
    open.call(this, method, address, ...(rest.length ? rest : [true]));
    if (ours(address)) {
      this.setRequestHeader(HEADER, key);
      define(this, "withCredentials", false);
    }
  };

  const Socket = window.WebSocket;
  window.WebSocket = class WebSocket extends Socket {
    constructor(address, protocols = []) {
      const named = [].concat(protocols);
      const url = new URL(address, document.baseURI);
      url.protocol = url.protocol.replace("http", "ws");
      super(url, ours(url.href) ? [...named, "maia.page", "maia.page.key." + key] : named);
    }
    get protocol() {
      return super.protocol === "maia.page" ? "" : super.protocol;
    }
  };

  // A worker's script must be of the page's origin, and there is none: one of the page's own brings the other.
  const Background = window.Worker;
  window.Worker = class Worker extends Background {
    constructor(address, options) {
      const url = new URL(address, document.baseURI).href;
      const bringing = () => new Blob([`importScripts(${JSON.stringify(url)});`], { type: "text/javascript" });
      const brought = ours(url) ? URL.createObjectURL(bringing()) : "";
      super(brought || address, options);
      URL.revokeObjectURL(brought); // what it named is on its way
    }
  };

  // Without an origin a page may not name another path as its own: it goes there. In a frame that sends no cookie,
  // so that whoever shows it is asked to.
  function go(url, again) {
    if (window.parent !== window) window.parent.postMessage({ "maia.page": url }, "*");
    else location[again ? "replace" : "assign"](url);
  }
  for (const name of ["pushState", "replaceState"]) {
    const kept = history[name].bind(history);
    history[name] = (state, title, address) => {
      const url = new URL(address ?? document.URL, document.baseURI);
      if (url.pathname === new URL(document.URL).pathname || !ours(url.href)) return kept(state, title, address);
      go(url.href, name === "replaceState");
    };
  }
  window.addEventListener("click", event => {
    const link = event.target instanceof Element ? event.target.closest("a[href]") : null;
    if (!link || window.parent === window || event.defaultPrevented || event.button || event.ctrlKey || event.metaKey) return;
    const elsewhere = (link.target && link.target !== "_self") || link.hasAttribute("download") || !ours(link.href);
    if (elsewhere || link.href.split("#")[0] === document.URL.split("#")[0]) return;
    event.preventDefault();
    go(link.href, false);
  });

  // A picture is asked for as everything else is: with the key.
  const Picture = window.HTMLImageElement.prototype;
  const written = Object.getOwnPropertyDescriptor(Picture, "src");
  const wanted = new WeakMap();
  // What was fetched for one is kept as long as it is shown, for scripts read its address and use it again.
  const shown = new WeakMap();
  const gone = new FinalizationRegistry(url => URL.revokeObjectURL(url));
  function show(image, address, fetched) {
    written.set.call(image, address);
    URL.revokeObjectURL(shown.get(image) ?? "");
    gone.unregister(image);
    shown.delete(image);
    if (fetched) shown.set(image, address), gone.register(image, address, image);
  }
  function draw(image, address) {
    wanted.set(image, address);
    if (!address || !ours(address)) return show(image, address, false);
    window.fetch(address).then(answer => (answer.ok ? answer.blob() : Promise.reject(answer.status))).then(
      content => wanted.get(image) === address && show(image, URL.createObjectURL(content), true),
      () => wanted.get(image) === address && image.dispatchEvent(new Event("error"))
    );
  }
  Object.defineProperty(Picture, "src", { ...written, set(address) { draw(this, String(address)); } });
  const named = window.Element.prototype.setAttribute;
  Picture.setAttribute = function (name, value) {
    if (String(name).toLowerCase() === "src") draw(this, String(value));
    else named.call(this, name, value);
  };

  const Source = window.EventSource;
  window.EventSource = function (address, options) {
    return ours(address) ? new Streamed(address) : new Source(address, options);
  };
  Object.assign(window.EventSource, { CONNECTING: 0, OPEN: 1, CLOSED: 2 });
  class Streamed extends EventTarget {
    constructor(address) {
      super();
      this.url = new URL(address, document.baseURI).href;
      this.readyState = 0;
      this.ending = new AbortController();
      this.last = "";
      this.listen();
    }
    close() {
      this.readyState = 2;
      this.ending.abort();
    }
    emit(type, more) {
      const event = Object.assign(type === "open" || type === "error" ? new Event(type) : new MessageEvent(type, more));
      this.dispatchEvent(event);
      if (typeof this["on" + type] === "function") this["on" + type](event);
    }
    async listen() {
      while (this.readyState !== 2) {
        try {
          const headers = this.last ? { "Last-Event-ID": this.last } : {};
          const answer = await window.fetch(this.url, { headers, signal: this.ending.signal, cache: "no-store" });
          if (!answer.ok) return this.close(), this.emit("error");
          this.readyState = 1;
          this.emit("open");
          await this.read(answer.body.pipeThrough(new TextDecoderStream()).getReader());
        } catch (_) { /* cut: again, as every EventSource does */ }
        if (this.readyState === 2) return;
        this.readyState = 0;
        this.emit("error");
        await new Promise(later => setTimeout(later, 3000));
      }
    }
    async read(reader) {
      let text = "";
      for (;;) {
        const { value, done } = await reader.read();
        if (done) return;
        text += value;
        const whole = text.endsWith("\r") ? text.length - 1 : text.length; // the rest of a line's end may be to come
        const events = text.slice(0, whole).replace(/\r\n?/g, "\n").split("\n\n");
        text = events.pop() + text.slice(whole);
        events.forEach(event => this.tell(event));
      }
    }
    tell(event) {
      const said = { event: "message", data: [] };
      for (const line of event.split("\n")) {
        const [, name, value] = /^([^:]*):? ?(.*)$/s.exec(line);
        if (name === "data") said.data.push(value);
        else if (name === "id") this.last = value;
        else if (name === "event") said.event = value;
      }
      if (said.data.length) this.emit(said.event, { data: said.data.join("\n"), lastEventId: this.last });
    }
  }

  setInterval(async () => {
    const answer = await window.fetch(told.base + ".maia/key", { method: "POST" });
    if (answer.ok) key = (await answer.json()).key;
  }, 4 * 60 * 1000);
}
