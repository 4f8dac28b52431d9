// Reads the DICOM files that the service reads: uncompressed, of one frame, grey through the file's own window (PS3.3
// section C.11) or RGB. Pictures are the same as there.

export const isDICOM = (bytes) => String.fromCharCode(...bytes.subarray(128, 132)) === "DICM";

const long = new Set(["OB", "OD", "OF", "OL", "OV", "OW", "SQ", "SV", "UC", "UN", "UR", "UT", "UV"]);
const unknown = 0xffffffff;
const compressed = "The DICOM file is compressed or in another byte order; "
  + "the service takes uncompressed little-endian ones.";

// A picture as `decodePNG` gives it.
export function decodeDICOM(bytes) {
  const elements = read(bytes);
  const text = (tag) => elements.has(tag) ? String.fromCharCode(...elements.get(tag)).replace(/[\0 ]+$/, "").trim()
    : undefined;
  const decimal = (tag) => text(tag) ? Number(text(tag).split("\\")[0]) : undefined;
  const number = (tag) => elements.has(tag) ? elements.get(tag)[0] | elements.get(tag)[1] << 8 : undefined;
  const pixels = elements.get(0x7fe00010);
  const [height, width, allocated, stored] = [0x00280010, 0x00280011, 0x00280100, 0x00280101].map(number);
  const kind = text(0x00280004), channels = kind === "RGB" ? 3 : 1, count = width * height * channels;
  if (!pixels || !(count > 0)) throw new Error("the DICOM file holds no picture");
  if (!["MONOCHROME1", "MONOCHROME2", "RGB"].includes(kind)) {
    throw new Error(`its colours are ${kind ?? "unknown"}; the service takes grey and RGB`);
  }
  if (![8, 16].includes(allocated) || (decimal(0x00280008) ?? 1) !== 1) {
    throw new Error("the service takes DICOM of one frame, of 8 or 16 bits");
  }
  if (pixels.length < count * allocated / 8) throw new Error("the DICOM file is cut off");
  const isPlanar = channels === 3 && number(0x00280006) === 1, area = width * height;
  const bits = stored > 8 ? 16 : 8, samples = bits === 16 ? new Uint16Array(count) : new Uint8Array(count);
  const shade = channels === 3 ? (value) => value : shades(stored, number(0x00280103) === 1, kind === "MONOCHROME1",
    decimal, text(0x00281056));
  for (let i = 0; i < count; i += 1) {
    const from = isPlanar ? (i % 3) * area + Math.floor(i / 3) : i;
    const raw = allocated === 8 ? pixels[from] : pixels[2 * from] | pixels[2 * from + 1] << 8;
    samples[i] = shade(raw & (2 ** stored - 1));
  }
  return { width, height, channels, bits, samples };
}

// Every value that the bits can hold, looked up once.
function shades(stored, isSigned, isInverse, decimal, name = "LINEAR") {
  const count = 2 ** stored, top = stored > 8 ? 65535 : 255;
  const [slope, intercept] = [decimal(0x00281053) ?? 1, decimal(0x00281052) ?? 0];
  let [center, width] = [decimal(0x00281050), decimal(0x00281051)];
  if (center === undefined || width === undefined) {
    const low = isSigned ? -count / 2 : 0;
    const ends = [low * slope + intercept, (low + count - 1) * slope + intercept];
    [center, width, name] = [(ends[0] + ends[1]) / 2, Math.abs(ends[1] - ends[0]), "LINEAR_EXACT"];
  }
  const ways = {
    LINEAR: (value) => width > 1 ? (value - (center - 0.5)) / (width - 1) + 0.5 : Number(value > center - 0.5),
    LINEAR_EXACT: (value) => (value - center) / width + 0.5,
    SIGMOID: (value) => 1 / (1 + Math.exp(-4 * (value - center) / width)),
  };
  if (!ways[name]) throw new Error(`its window is ${name}; the service takes LINEAR, LINEAR_EXACT and SIGMOID`);
  const table = Uint16Array.from({ length: count }, (_, code) => {
    const value = (isSigned && code >= count / 2 ? code - count : code) * slope + intercept;
    const shown = even(Math.min(1, Math.max(0, ways[name](value))) * top);
    return isInverse ? top - shown : shown;
  });
  return (code) => table[code];
}

// To the nearest whole number, halves to the even one.
const even = (value) => Math.abs(value % 1) === 0.5 ? 2 * Math.round(value / 2) : Math.round(value);

// The elements by their tags (PS3.5 section 7); sequences are passed over.
function read(bytes) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const elements = new Map();
  let place = 132, isExplicit = true, syntax = "";
  while (place + 8 <= bytes.length) {
    const group = view.getUint16(place, true), tag = group * 65536 + view.getUint16(place + 2, true);
    if (group !== 2 && !syntax) {
      syntax = String.fromCharCode(...(elements.get(0x00020010) ?? [])).replace(/\0+$/, "");
      if (!["1.2.840.10008.1.2", "1.2.840.10008.1.2.1"].includes(syntax)) throw new Error(compressed);
      isExplicit = syntax.endsWith(".1");
    }
    const [length, start] = extent(view, place, isExplicit);
    const end = length === unknown ? skip(view, start, isExplicit) : start + length;
    if (end > bytes.length) throw new Error("the DICOM file is cut off");
    elements.set(tag, bytes.subarray(start, end));
    place = end;
  }
  return elements;
}

// Length and beginning of the value of the element at a place.
function extent(view, place, isExplicit) {
  if (!isExplicit) return [view.getUint32(place + 4, true), place + 8];
  const kind = String.fromCharCode(view.getUint8(place + 4), view.getUint8(place + 5));
  return long.has(kind) ? [view.getUint32(place + 8, true), place + 12] : [view.getUint16(place + 6, true), place + 8];
}

// Where a sequence of unknown length ends. Its items and delimiters have no representation.
function skip(view, place, isExplicit) {
  for (let depth = 1; place + 8 <= view.byteLength;) {
    const group = view.getUint16(place, true), element = view.getUint16(place + 2, true);
    const isItem = group === 0xfffe;
    const [length, start] = isItem ? [view.getUint32(place + 4, true), place + 8] : extent(view, place, isExplicit);
    place = length === unknown ? start : start + length;
    if (isItem && element !== 0xe000) depth -= 1;
    else if (length === unknown) depth += 1;
    if (depth === 0) return place;
  }
  throw new Error("the DICOM file is cut off");
}
