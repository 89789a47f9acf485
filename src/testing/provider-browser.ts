import { GET as comeBack } from '#src/app/api/auth/provider/[provider]/callback/route.ts';
import { GET as start } from '#src/app/api/auth/provider/[provider]/route.ts';
import { webContainer } from '#src/server/web-container.ts';
import { CookieJar } from './cookie-jar.ts';

const context = { params: Promise.resolve({ provider: 'oidc' }) };

/** A browser that signs in through the provider `oidc` of this process's web container: it calls our routes, and the provider over HTTP. */
export class ProviderBrowser {
  /** At our site. */
  readonly own: CookieJar;
  /** At the provider's. */
  readonly there = new CookieJar();

  constructor(own = new CookieJar()) {
    this.own = own;
  }

  get headers(): Headers {
    return new Headers({ cookie: this.own.header, 'user-agent': 'test' });
  }

  /** Presses the button; where it leads. */
  async press(to = '/'): Promise<string> {
    const { webUrl } = webContainer().config;
    const url = `${webUrl}/api/auth/provider/oidc?${new URLSearchParams({ to })}`;
    const answer = await start(new Request(url, { headers: this.headers }), context);
    this.own.take(answer);
    return answer.headers.get('location')!;
  }

  /** Goes where the provider leads until it leads back: the address of our callback with its query. */
  async atProvider(location: string): Promise<string> {
    const { webUrl } = webContainer().config;
    let next = location;
    for (let hop = 0; hop < 10; hop++) {
      if (next.startsWith(webUrl)) return next;
      const answer = await fetch(next, { redirect: 'manual', headers: { cookie: this.there.header } });
      this.there.take(answer);
      const to = answer.headers.get('location');
      if (to === null) throw new Error(`the provider answers ${answer.status}: ${await answer.text()}`);
      next = new URL(to, next).href;
    }
    throw new Error('the provider leads in circles');
  }

  /** Comes back with what the provider said; the path where it ends. */
  async back(callback: string): Promise<string> {
    const answer = await comeBack(new Request(callback, { headers: this.headers }), context);
    this.own.take(answer);
    const location = answer.headers.get('location');
    if (location === null) throw new Error(`${answer.status}: ${await answer.text()}`);
    return location.slice(webContainer().config.webUrl.length);
  }

  /** All of it. */
  async signIn(to = '/'): Promise<string> {
    return this.back(await this.atProvider(await this.press(to)));
  }
}
