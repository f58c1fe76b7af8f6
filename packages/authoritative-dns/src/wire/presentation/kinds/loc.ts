import type { FieldKind } from '../field-kind.ts';
import type { FieldReader } from '../text-field.ts';
import { numberAt } from './numbers.ts';

const equator = 2 ** 31; // latitude and longitude count thousandths of an arc second from here (RFC 1876 2)
const baseAltitudeCm = 10_000_000; // altitude counts centimetres from 100 km below the ellipsoid
const maxAltitudeCm = 2 ** 32 - 1 - baseAltitudeCm;
const maxSizeCm = 9e9;
const defaults = [1e2, 1e6, 1e3]; // size 1 m, horizontal precision 10 km, vertical precision 10 m (RFC 1876 3)

/** The whole RDATA of LOC (RFC 1876). */
export const location: FieldKind = {
  parse(input, out) {
    const latitude = readAngle(input, 'N', 'S', 90);
    if (typeof latitude === 'string') return `latitude ${latitude}`;
    const longitude = readAngle(input, 'E', 'W', 180);
    if (typeof longitude === 'string') return `longitude ${longitude}`;
    const altitude = readCentimetres(input, -baseAltitudeCm, maxAltitudeCm);
    if (altitude === undefined) return 'has no altitude in metres from -100000.00 to 42849672.95';
    const sizes: number[] = [];
    for (const fallback of defaults) {
      const size = input.left === 0 ? fallback : readCentimetres(input, 0, maxSizeCm);
      if (size === undefined) return 'has a size or precision that is not in metres from 0 to 90000000.00';
      sizes.push(size);
    }
    out.uint8(0);
    for (const size of sizes) out.uint8(packSize(size));
    out.uint32(equator + latitude);
    out.uint32(equator + longitude);
    out.uint32(altitude + baseAltitudeCm);
    return undefined;
  },
  end(octets, at, end) {
    if (end - at !== 16 || octets[at] !== 0) return -1;
    for (let place = at + 1; place < at + 4; place++) {
      const size = octets[place] as number;
      if (size >>> 4 > 9 || (size & 15) > 9) return -1;
    }
    const inRange = (place: number, degrees: number): boolean => Math.abs(numberAt(octets, place, 4) - equator) <= degrees * 3_600_000;
    return inRange(at + 4, 90) && inRange(at + 8, 180) ? end : -1;
  },
  format(octets, at) {
    const sizes = [1, 2, 3].map((place) => `${metres(unpackSize(octets[at + place] as number))}m`);
    const latitude = angle(numberAt(octets, at + 4, 4) - equator, 'N', 'S');
    const longitude = angle(numberAt(octets, at + 8, 4) - equator, 'E', 'W');
    return [latitude, longitude, `${metres(numberAt(octets, at + 12, 4) - baseAltitudeCm)}m`, ...sizes].join(' ');
  },
};

/** Degrees, minutes and seconds up to a letter, in thousandths of an arc second. */
function readAngle(input: FieldReader, positive: string, negative: string, maxDegrees: number): number | string {
  const parts: string[] = [];
  for (let word = input.take().text; ; word = input.take().text) {
    const letter = word.toUpperCase();
    if (letter === positive || letter === negative) {
      const [degrees = '', minutes = '0', seconds = '0'] = parts;
      const whole = /^\d{1,3}$/.test(degrees) && /^\d{1,2}$/.test(minutes) && /^\d{1,2}(?:\.\d{0,3})?$/.test(seconds);
      const value = (Number(degrees) * 60 + Number(minutes)) * 60_000 + Math.round(Number(seconds) * 1000);
      if (!whole || Number(minutes) > 59 || Number(seconds) >= 60 || value > maxDegrees * 3_600_000) break;
      return letter === positive ? value : -value;
    }
    if (word === '' || parts.length === 3) break;
    parts.push(word);
  }
  return `is not degrees [minutes [seconds]] ${positive} or ${negative}, at most ${maxDegrees} degrees`;
}

function readCentimetres(input: FieldReader, min: number, max: number): number | undefined {
  const { text } = input.take();
  if (!/^-?\d{1,8}(?:\.\d{0,2})?m?$/i.test(text)) return undefined;
  const value = Math.round(Number(text.replace(/m$/i, '')) * 100);
  return value >= min && value <= max ? value : undefined;
}

/** One digit and a power of ten, in centimetres (RFC 1876 2). Digits behind the first are lost, as in every implementation. */
function packSize(centimetres: number): number {
  let mantissa = centimetres;
  let exponent = 0;
  for (; mantissa > 9; exponent++) mantissa = Math.floor(mantissa / 10);
  return (mantissa << 4) | exponent;
}

function unpackSize(octet: number): number {
  return (octet >>> 4) * 10 ** (octet & 15);
}

function metres(centimetres: number): string {
  return (centimetres / 100).toFixed(2);
}

function angle(milliseconds: number, positive: string, negative: string): string {
  const value = Math.abs(milliseconds);
  const minutes = Math.floor(value / 60_000);
  return `${Math.floor(minutes / 60)} ${minutes % 60} ${((value % 60_000) / 1000).toFixed(3)} ${milliseconds < 0 ? negative : positive}`;
}
