// What a customer says when the work is done: two answers and, if they like, some words. No login; the link's own secret stands behind its #,
// where no server and no log sees it.

import { render } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import './style.css';
import { keepLang, storedLang } from '../shared/lang';
import { applyTheme } from '../shared/tokens';
import { dictionaries, named } from './words';

interface Opened {
  code: string;
  kind: string;
  organisation: string;
  answered: boolean;
}

const token = location.hash.slice(1);

async function ask<T>(what: 'open' | 'answer', lang: string, body: object): Promise<{ of?: T; why?: string }> {
  try {
    const answer = await fetch(`/api/v1/surveys/${what}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'accept-language': lang },
      body: JSON.stringify({ token, ...body }),
    });
    const told = await answer.json();
    return answer.ok ? { of: told as T } : { why: answer.status === 404 ? '' : String(told.detail ?? told.title ?? answer.status) };
  } catch {
    return { why: dictionaries[lang === 'en' ? 'en' : 'zh-CN'].noHub };
  }
}

function Survey() {
  const [lang, setLang] = useState(storedLang());
  const t = dictionaries[lang];
  const [of, setOf] = useState<Opened | null | undefined>();
  const [score, setScore] = useState<number>();
  const [stars, setStars] = useState<number>();
  const [words, setWords] = useState('');
  const [why, setWhy] = useState('');
  useEffect(() => {
    document.title = t.surveyTitle;
    document.documentElement.lang = lang;
  }, [t, lang]);
  useEffect(() => {
    void ask<Opened>('open', lang, {}).then(({ of: opened, why: refused }) => {
      setOf(opened ?? null);
      setWhy(refused ?? '');
    });
  }, []);
  const send = async (event: Event) => {
    event.preventDefault();
    if (score === undefined || stars === undefined) return setWhy(t.needBoth);
    const { of: answered, why: refused } = await ask<Opened>('answer', lang, { score, satisfaction: stars, comment: words });
    if (answered) setOf(answered);
    setWhy(answered ? '' : refused || t.surveyGone);
  };
  const speak = () => {
    const other = lang === 'en' ? 'zh-CN' : 'en';
    keepLang(other);
    setLang(other);
  };
  if (of === undefined) return null;
  return (
    <main class="survey">
      <h1>{t.surveyTitle}</h1>
      {of === null ? <p class="note attention">{why || t.surveyGone}</p> : null}
      {of ? (
        <p>
          {t.surveyOf(of.organisation)} <span class="quiet">{`${named[lang].kinds[of.kind] ?? ''} ${of.code}`}</span>
        </p>
      ) : null}
      {of?.answered ? <p class="note right">✓ {t.surveyThanks}</p> : null}
      {of && !of.answered ? (
        <form class="step-body" onSubmit={send}>
          <fieldset>
            <legend>{t.surveyScore}</legend>
            <div class="scores">
              {Array.from({ length: 11 }, (_, n) => (
                <button key={n} type="button" aria-pressed={score === n} onClick={() => setScore(n)}>
                  {n}
                </button>
              ))}
            </div>
            <p class="line quiet">
              <span>0 {t.surveyLow}</span>
              <span class="grow" />
              <span>10 {t.surveyHigh}</span>
            </p>
          </fieldset>
          <fieldset>
            <legend>{t.surveyStars}</legend>
            <div class="scores stars">
              {[1, 2, 3, 4, 5].map(n => (
                <button key={n} type="button" aria-label={t.star(n)} aria-pressed={stars === n} onClick={() => setStars(n)}>
                  {n} ★
                </button>
              ))}
            </div>
          </fieldset>
          <label>
            {t.surveyWords}
            <textarea rows={3} maxLength={500} value={words} onInput={event => setWords(event.currentTarget.value)} />
          </label>
          {why ? (
            <p class="note wrong" role="alert">
              {why}
            </p>
          ) : null}
          <button type="submit" class="primary wide tall">
            {t.surveySend}
          </button>
        </form>
      ) : null}
      <button type="button" onClick={speak}>
        {t.language}
      </button>
    </main>
  );
}

applyTheme('system');
const root = document.getElementById('root');
if (root) render(<Survey />, root);
