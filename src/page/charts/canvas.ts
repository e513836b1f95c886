/** A canvas that follows its place's width and the page's colours. */
import { useEffect, useRef } from "preact/hooks";
import { onColours, type Palette, paletteAt } from "./colours.ts";

export interface Paper {
  /** Drawn on in pixels of the page, whatever the screen's are. */
  ctx: CanvasRenderingContext2D;
  width: number;
  height: number;
  palette: Palette;
}

/** `paint` is called whenever it is another function, and when place or colours changed: make it by `useCallback`. */
export function useCanvas(paint: (paper: Paper) => void, height: number) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const newest = useRef(paint);
  newest.current = paint;
  const draw = (): void => {
    const element = canvas.current;
    const place = element?.parentElement;
    const ctx = element?.getContext("2d");
    if (!element || !place || !ctx || place.clientWidth === 0) return;
    const [width, ratio] = [place.clientWidth, devicePixelRatio];
    element.width = Math.round(width * ratio);
    element.height = Math.round(height * ratio);
    element.style.width = `${width}px`;
    element.style.height = `${height}px`;
    ctx.setTransform(ratio, 0, 0, ratio, 0, 0);
    ctx.clearRect(0, 0, width, height);
    newest.current({ ctx, width, height, palette: paletteAt(place) });
  };
  useEffect(draw, [paint, height]);
  useEffect(() => {
    const place = canvas.current?.parentElement;
    if (!place) return undefined;
    const observer = new ResizeObserver(draw);
    observer.observe(place);
    const forget = onColours(draw);
    return () => {
      observer.disconnect();
      forget();
    };
  }, [height]);
  return canvas;
}
