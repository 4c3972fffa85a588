// An item configured where it is sold, on a phone or a desk: measures and options with the price beside them while they are chosen. What
// comes out is what the hub priced, so it is the same everywhere.

import './configure.css';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useEffect, useRef, useState } from 'react';
import { get, post, query } from '../api';
import { usePrefs, useWords } from '../app';
import { Fault, Loaded } from '../parts/common';
import {
  type Configuration,
  type ItemPrice,
  isNumber,
  type Offer,
  type OptionModelRow,
  startOf,
  type Violation,
  yuan,
} from '../prices/model';
import { words } from '../prices/words';
import { OptionFields } from './fields';
import { Terms } from './terms';

/** The price of an item where it is sold, and the model it is configured by. */
export const useItemPrice = (item: number, organisation?: number | null, enabled = true) =>
  useQuery({
    queryKey: ['item-price', item, organisation ?? null],
    enabled,
    queryFn: ({ signal }) => get<ItemPrice>(`/items/${item}/price${query({ organisation })}`, signal),
  });

/** What was typed, once its writer pauses. */
export function useCalm<T>(value: T, ms = 250): T {
  const [calm, setCalm] = useState(value);
  useEffect(() => {
    const wait = setTimeout(() => setCalm(value), ms);
    return () => clearTimeout(wait);
  }, [value, ms]);
  return calm;
}

/** What the hub is asked: measures that are numbers; it says what it misses of the others. */
export const askable = ({ parameters, options }: Configuration) => ({
  parameters: Object.fromEntries(Object.entries(parameters).filter(([, text]) => isNumber(text))),
  options,
});

interface Configure {
  itemId: number;
  /** Where it is sold; the reader's own organisation when absent. */
  organisation?: number | null;
  quantity?: string;
  /** What was chosen before, to begin with; the model's defaults when absent. */
  value?: Configuration | null;
  /** With the price explained when it goes, and without one as long as something stands against it. */
  onChange?: (configuration: Configuration, offer: Offer | undefined) => void;
}

export function Configure(props: Configure) {
  const price = useItemPrice(props.itemId, props.organisation);
  return (
    <Loaded of={price}>{data => (data.model ? <OfModel key={data.model} {...props} model={data.model} /> : <Plain {...props} />)}</Loaded>
  );
}

function OfModel({ model: code, ...props }: Configure & { model: string }) {
  const model = useQuery({
    queryKey: ['option-model', code],
    queryFn: ({ signal }) => get<OptionModelRow>(`/option-models/${code}`, signal),
  });
  return <Loaded of={model}>{({ published }) => (published ? <Chosen {...props} model={published} /> : <Plain {...props} />)}</Loaded>;
}

type Priced = { offer?: Offer; violations: Violation[] };

function usePriced({ itemId, organisation, quantity }: Configure, chosen: Configuration) {
  const calm = useCalm(chosen);
  return useQuery({
    queryKey: ['configured', itemId, organisation ?? null, quantity ?? '1', askable(calm)],
    placeholderData: keepPreviousData,
    retry: false,
    queryFn: () =>
      post<Priced>('/configurations/price', {
        item: itemId,
        ...(organisation ? { organisation } : {}),
        ...(quantity ? { quantity } : {}),
        ...askable(calm),
      }),
  });
}

function Chosen({ model, ...props }: Configure & { model: NonNullable<OptionModelRow['published']> }) {
  const { value, onChange } = props;
  // What is typed stays what it is while older words of it are priced.
  const [chosen, setChosen] = useState<Configuration>(() => value ?? startOf(model));
  const priced = usePriced(props, chosen);
  const { offer, violations = [] } = priced.data ?? {};
  const tell = useRef(onChange);
  tell.current = onChange;
  const said = useRef('');
  // Whoever holds the choice learns each price once, and what was chosen with every default.
  useEffect(() => {
    if (!priced.data || priced.isPlaceholderData) return;
    const text = JSON.stringify(priced.data);
    if (text === said.current) return;
    said.current = text;
    tell.current?.(offer?.configuration ?? chosen, offer);
  }, [priced.data, priced.isPlaceholderData, offer, chosen]);
  const change = (next: Configuration) => {
    setChosen(next);
    onChange?.(next, undefined);
  };
  return (
    <div className="configure">
      <OptionFields model={model} value={chosen} onChange={change} violations={violations} />
      <Explained of={priced} />
    </div>
  );
}

/** An item without a model has the price of its list. */
function Plain(props: Configure) {
  const priced = usePriced(props, { parameters: {}, options: {} });
  const { onChange } = props;
  const tell = useRef(onChange);
  tell.current = onChange;
  const offer = priced.data?.offer;
  useEffect(() => {
    if (offer) tell.current?.({ parameters: {}, options: {} }, offer);
  }, [offer]);
  return <Explained of={priced} />;
}

function Explained({ of }: { of: { data?: Priced; error: unknown; isFetching: boolean; isPlaceholderData: boolean } }) {
  const w = useWords(words);
  const { t } = usePrefs();
  const offer = of.data?.offer;
  if (of.error) return <Fault error={of.error} />;
  return (
    <div className={`configure-price${of.isPlaceholderData ? ' outdated' : ''}`} aria-live="polite" aria-busy={of.isFetching}>
      {offer ? (
        <>
          <Terms of={offer.terms} total={offer.unit_price_fen} />
          {offer.quantity === '1' ? null : (
            <p className="line">
              <span className="grow">{w.amount(offer.quantity)}</span>
              <strong className="number">¥{yuan(offer.amount_fen)}</strong>
            </p>
          )}
        </>
      ) : (
        <p className="quiet">{of.data ? w.fixFirst : `${w.pricing || t.loading}`}</p>
      )}
    </div>
  );
}
