import type { ComponentChildren } from 'preact';

interface Props {
  name: string;
  done?: string;
  open?: boolean;
  /** Told when somebody folds it up. */
  folded?: () => void;
  children: ComponentChildren;
}

/** A step of a ticket: done ones say so, the one in turn is open. */
export function Step({ name, done, open = false, folded, children }: Props) {
  return (
    <details class={`step ${done ? 'done' : ''}`} open={open} onToggle={event => event.currentTarget.open || folded?.()}>
      <summary>
        <span class="mark" aria-hidden="true">
          {done ? '✓' : '○'}
        </span>
        <strong class="grow">{name}</strong>
        {done ? <span class="quiet">{done}</span> : null}
      </summary>
      <div class="step-body">{children}</div>
    </details>
  );
}
