/** The mark: a beam that meets a crystal, and the rings behind it. Drawn in the text colour and the accent. */
export function Logo({ className }: { className?: string }) {
  return (
    <svg viewBox="0 0 32 32" fill="none" className={className} aria-hidden>
      <circle cx="19" cy="16" r="12" stroke="currentColor" strokeOpacity="0.22" strokeWidth="1.5" />
      <circle cx="19" cy="16" r="7.5" stroke="currentColor" strokeOpacity="0.42" strokeWidth="1.5" />
      <path d="M1 16h15" stroke="var(--accent)" strokeWidth="2" strokeLinecap="round" />
      <rect
        x="16.2"
        y="13.2"
        width="5.6"
        height="5.6"
        rx="0.8"
        transform="rotate(45 19 16)"
        fill="var(--accent)"
      />
      <circle cx="27.6" cy="7.6" r="1.5" fill="currentColor" />
      <circle cx="24.4" cy="21.3" r="1.3" fill="currentColor" />
      <circle cx="14.4" cy="10" r="1.1" fill="currentColor" fillOpacity="0.75" />
    </svg>
  );
}

export function Wordmark({ className }: { className?: string }) {
  return (
    <span className={className}>
      <span className="flex items-center gap-2">
        <Logo className="size-6" />
        <span className="font-semibold text-[0.9375rem] tracking-tight">Beamdeck</span>
      </span>
    </span>
  );
}
