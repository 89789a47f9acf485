import type { HTMLAttributes } from 'react';

/** A box whose content may be larger than it: reached by Tab, it takes the arrow keys (WCAG 2.1.1). */
export function ScrollBox({
  as: Box = 'div',
  ...rest
}: HTMLAttributes<HTMLElement> & { as?: 'div' | 'code' | 'pre' }) {
  return <Box tabIndex={0} {...rest} />;
}
