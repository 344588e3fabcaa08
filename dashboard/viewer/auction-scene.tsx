import type { ComponentChildren, JSX } from 'preact';
import { useMemo } from 'preact/hooks';
import { formatNumber } from '../format.js';
import { type Round, roundOf, type Trader } from './auction.js';
import { boundsOf, linearScale } from './scale.js';
import type { SceneProps } from './scene.js';
import { useWidth } from './use-width.js';

const HEIGHT = 270;
const LEFT = 46;
const RIGHT = 14;
const TOP = 12;
const BOTTOM = 34;

/** Bids against asks of a round, who trades, and what that is worth; and how everybody quotes for what a good is worth to them. */
export function AuctionScene({ recording, step, options }: SceneProps): JSX.Element {
  const rounds = useMemo(
    () => Array.from({ length: recording.length }, (_, i) => roundOf(recording, i, options)),
    [recording, options],
  );
  const bounds = useMemo(
    () =>
      boundsOf(
        rounds.flatMap(({ buyers, sellers }) =>
          [...buyers, ...sellers].flatMap(({ value, quote }) => [value ?? [], quote ?? []].flat()),
        ),
      ),
    [rounds],
  );
  const round = rounds[step];
  if (round === undefined) return <div />;
  const { trades, price, gain, possible } = round;
  return (
    <div class="scene auction">
      <dl class="stats">
        <Fact name="Trades">
          {trades} of {Math.min(round.buyers.length, round.sellers.length)}
        </Fact>
        <Fact name="Price">{price === null ? (trades === 0 ? '–' : 'several') : formatNumber(price)}</Fact>
        <Fact name="Surplus">{formatNumber(gain)}</Fact>
        <Fact name="Possible">{possible === null ? '–' : formatNumber(possible)}</Fact>
        <Fact name="Efficiency">
          {possible === null || possible === 0 ? '–' : `${Math.round((100 * gain) / possible)} %`}
        </Fact>
      </dl>
      <div class="pictures">
        <Picture title="Bids and asks" key_={<Key />}>
          {(width) => <Market round={round} width={width} bounds={bounds} />}
        </Picture>
        <Picture
          title="Quotes by value"
          key_={<span class="muted">all {rounds.length} recorded rounds; this one is filled</span>}
        >
          {(width) => <Strategies rounds={rounds} step={step} width={width} bounds={bounds} />}
        </Picture>
      </div>
    </div>
  );
}

const Fact = ({ name, children }: { readonly name: string; readonly children: ComponentChildren }): JSX.Element => (
  <div class="stat">
    <dt>{name}</dt>
    <dd>{children}</dd>
  </div>
);

const Key = (): JSX.Element => (
  <span class="key-of-picture">
    <span class="marked buyer">bids</span>
    <span class="marked seller">asks</span>
    <span class="muted">filled: trades · thin: value or cost</span>
  </span>
);

function Picture({
  title,
  key_,
  children,
}: {
  readonly title: string;
  readonly key_: ComponentChildren;
  readonly children: (width: number) => ComponentChildren;
}): JSX.Element {
  const [width, ref] = useWidth<HTMLDivElement>();
  return (
    <figure>
      <figcaption>
        <h3>{title}</h3>
        {key_}
      </figcaption>
      <div ref={ref} class="picture">
        {width > 0 && children(width)}
      </div>
    </figure>
  );
}

interface PictureProps {
  readonly width: number;
  readonly bounds: readonly [low: number, high: number];
}

/** Demand falls, supply rises: one step for each trader, the best quotes first; who stays away is not there. */
function Market({ round, width, bounds: [low, high] }: PictureProps & { readonly round: Round }): JSX.Element {
  const bids = quoting(round.buyers).sort((a, b) => b.quote! - a.quote! || rank(a) - rank(b));
  const asks = quoting(round.sellers).sort((a, b) => a.quote! - b.quote! || rank(a) - rank(b));
  const most = Math.max(1, round.buyers.length, round.sellers.length);
  const y = linearScale(low, high, HEIGHT - BOTTOM, TOP);
  const x = linearScale(0, most, LEFT, width - RIGHT, Math.min(most, 8));
  const path = (traders: readonly Trader[]): string =>
    traders.map(({ quote }, i) => `${i === 0 ? 'M' : 'L'}${x.at(i)} ${y.at(quote!)}H${x.at(i + 1)}`).join('');
  const label = `${bids.length} bids, ${asks.length} asks, ${round.trades} trades${round.price === null ? '' : ` at ${formatNumber(round.price)}`}`;
  return (
    <svg width={width} height={HEIGHT} role="img" aria-label={label}>
      <Grid x={x} y={y} width={width} name="traders" whole />
      {round.price !== null && (
        <g class="price">
          <line x1={LEFT} x2={width - RIGHT} y1={y.at(round.price)} y2={y.at(round.price)} />
          <text x={width - RIGHT} y={y.at(round.price) - 5}>
            price {formatNumber(round.price)}
          </text>
        </g>
      )}
      {[
        { side: 'buyer', traders: bids },
        { side: 'seller', traders: asks },
      ].map(({ side, traders }) => (
        <g key={side} class={side}>
          <path class="curve" d={path(traders)} />
          {traders.map(({ agent, value, quote, traded }, i) => (
            <g key={agent}>
              {value !== undefined && (
                <line class="value" x1={x.at(i + 0.3)} x2={x.at(i + 0.7)} y1={y.at(value)} y2={y.at(value)} />
              )}
              {value !== undefined && (
                <line class="shading" x1={x.at(i + 0.5)} x2={x.at(i + 0.5)} y1={y.at(value)} y2={y.at(quote!)} />
              )}
              <circle class={traded ? 'traded' : ''} cx={x.at(i + 0.5)} cy={y.at(quote!)} r={most > 40 ? 2.5 : 5}>
                <title>{`${agent} ${side === 'buyer' ? 'bids' : 'asks'} ${formatNumber(quote!)}${value === undefined ? '' : ` for ${formatNumber(value)}`}`}</title>
              </circle>
            </g>
          ))}
        </g>
      ))}
    </svg>
  );
}

const quoting = (traders: readonly Trader[]): Trader[] => traders.filter(({ quote }) => quote !== null);

const rank = ({ traded }: Trader): number => (traded ? 0 : 1);

/** What everybody quotes for what it is worth to them; on the diagonal, they would tell the truth. */
function Strategies({
  rounds,
  step,
  width,
  bounds: [low, high],
}: PictureProps & { readonly rounds: readonly Round[]; readonly step: number }): JSX.Element {
  const x = linearScale(low, high, LEFT, width - RIGHT);
  const y = linearScale(low, high, HEIGHT - BOTTOM, TOP);
  const dots = (round: Round, now: boolean): JSX.Element[] =>
    [...round.buyers, ...round.sellers].flatMap(({ agent, side, value, quote, traded }) =>
      value === undefined || quote === null ? (
        []
      ) : (
        <g key={agent} class={side}>
          <circle
            class={now ? (traded ? 'traded' : 'here') : 'other'}
            cx={x.at(value)}
            cy={y.at(quote)}
            r={now ? 5 : 2.5}
          />
        </g>
      ),
    );
  return (
    <svg width={width} height={HEIGHT} role="img" aria-label="Quotes of all recorded rounds by what the good is worth">
      <Grid x={x} y={y} width={width} name="value or cost" />
      <line class="truth" x1={x.at(low)} y1={y.at(low)} x2={x.at(high)} y2={y.at(high)} />
      {rounds.map((round, i) => (i === step ? null : <g key={String(i)}>{dots(round, false)}</g>))}
      {rounds[step] !== undefined && <g>{dots(rounds[step], true)}</g>}
    </svg>
  );
}

interface GridProps {
  readonly x: ReturnType<typeof linearScale>;
  readonly y: ReturnType<typeof linearScale>;
  readonly width: number;
  readonly name: string;
  /** Only whole numbers along x. */
  readonly whole?: boolean;
}

function Grid({ x, y, width, name, whole = false }: GridProps): JSX.Element {
  return (
    <>
      {y.ticks.map((tick) => (
        <g key={tick} class="tick y">
          <line x1={LEFT} x2={width - RIGHT} y1={y.at(tick)} y2={y.at(tick)} />
          <text x={LEFT - 6} y={y.at(tick) + 4}>
            {formatNumber(tick)}
          </text>
        </g>
      ))}
      {x.ticks
        .filter((tick) => !whole || Number.isInteger(tick))
        .map((tick) => (
          <g key={tick} class="tick x">
            <text x={x.at(tick)} y={HEIGHT - BOTTOM + 16}>
              {formatNumber(tick)}
            </text>
          </g>
        ))}
      <text class="axis-name" x={(LEFT + width - RIGHT) / 2} y={HEIGHT - 3}>
        {name}
      </text>
    </>
  );
}
