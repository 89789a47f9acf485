/** The cookies of one browser at one site: what Set-Cookie headers said last. */
export class CookieJar {
  readonly #values = new Map<string, string>();

  /** Takes what an answer sets; Max-Age=0 and an empty value take a cookie away. */
  take(answer: Response): void {
    for (const line of answer.headers.getSetCookie()) {
      const [pair, ...attributes] = line.split(';').map((part) => part.trim());
      const cut = pair!.indexOf('=');
      const [name, value] = [pair!.slice(0, cut), pair!.slice(cut + 1)];
      if (value === '' || attributes.some((each) => /^max-age=0$/i.test(each))) this.#values.delete(name);
      else this.#values.set(name, value);
    }
  }

  get(name: string): string | undefined {
    return this.#values.get(name);
  }

  /** The Cookie header. */
  get header(): string {
    return [...this.#values].map(([name, value]) => `${name}=${value}`).join('; ');
  }

  copy(): CookieJar {
    const other = new CookieJar();
    for (const [name, value] of this.#values) other.#values.set(name, value);
    return other;
  }
}
