// What dashboard and wall read of the hub, kept fresh by its events and, where those are lost, by asking again.

import { useQuery } from '@tanstack/react-query';
import { get, query } from '../api';
import type { FiguresNow, FunnelStage, Measure, Ranking, SalesFigures, Span, StockFigures } from './model';

const AGAIN_MS = 30_000;

interface Asked extends Span {
  below: number | null;
}

function useFigure<T>(name: string, key: string, asked: Asked, enabled = true) {
  return useQuery<T>({
    queryKey: [key, name, asked],
    enabled,
    refetchInterval: AGAIN_MS,
    placeholderData: before => before,
    queryFn: ({ signal }) => get<T>(`/figures/${name}${query({ ...asked })}`, signal),
  });
}

export const useSales = (asked: Asked) => useFigure<SalesFigures>('sales', 'figures', asked);
export const useRanking = (asked: Asked) => useFigure<Ranking>('ranking', 'figures', asked);
export const useMeasures = (asked: Asked) => useFigure<Measure[]>('measures', 'figures', asked);
export const useFunnel = (asked: Asked, enabled: boolean) => useFigure<FunnelStage[]>('funnel', 'figures-now', asked, enabled);
export const useStock = (asked: Asked, enabled: boolean) => useFigure<StockFigures>('stock', 'figures-stock', asked, enabled);
export const useNow = (asked: Asked) => useFigure<FiguresNow>('now', 'figures-now', asked);
