import { useWords } from '../app';
import { Icon } from '../parts/icons';
import { type Step, steps } from './model';
import { words } from './words';

/** Where in its four steps an import is. */
export function Steps({ now, done }: { now: Step; done?: boolean }) {
  const w = useWords(words);
  const names: Record<Step, string> = { file: w.stepFile, columns: w.stepColumns, check: w.stepCheck, result: w.stepResult };
  const at = steps.indexOf(now);
  return (
    <ol className="wizard" aria-label={w.steps}>
      {steps.map((step, n) => {
        const isPast = n < at || (n === at && done);
        return (
          <li key={step} aria-current={n === at ? 'step' : undefined} className={isPast ? 'past' : undefined}>
            <span className="wizard-n">{isPast ? <Icon name="right" size={14} /> : n + 1}</span>
            <span className="wizard-word">{names[step]}</span>
          </li>
        );
      })}
    </ol>
  );
}
