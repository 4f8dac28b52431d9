// Reads PNG files sample by sample: a browser shows sixteen bits as eight. What is not written plainly is left to the
// browser.

const signature = [137, 80, 78, 71, 13, 10, 26, 10];
export const isPNG = (bytes) => signature.every((byte, place) => bytes[place] === byte);

// A picture {width, height, channels: 1 or 3, bits: 8 or 16, samples}; undefined for palettes, transparency and
// interlacing.
export async function decodePNG(bytes) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const [width, height] = [view.getUint32(16), view.getUint32(20)];
  const [bits, colour, interlace] = [bytes[24], bytes[25], bytes[28]];
  if (![8, 16].includes(bits) || ![0, 2].includes(colour) || interlace) return undefined;
  const parts = [];
  for (let place = 8; place + 12 <= bytes.length;) {
    const length = view.getUint32(place), name = String.fromCharCode(...bytes.subarray(place + 4, place + 8));
    if (name === "tRNS") return undefined;
    if (name === "IDAT") parts.push(bytes.subarray(place + 8, place + 8 + length));
    place += 12 + length;
  }
  const plain = new Blob(parts).stream().pipeThrough(new DecompressionStream("deflate"));
  const rows = new Uint8Array(await new Response(plain).arrayBuffer());
  const channels = colour === 2 ? 3 : 1, unit = channels * bits / 8, stride = width * unit;
  if (rows.length < height * (stride + 1)) throw new Error("the PNG is cut off");
  unfilter(rows, height, stride, unit);
  const samples = bits === 8 ? new Uint8Array(width * height * channels) : new Uint16Array(width * height * channels);
  for (let y = 0, to = 0; y < height; y += 1) {
    let from = y * (stride + 1) + 1;
    for (const end = from + stride; from < end; from += bits / 8, to += 1) {
      samples[to] = bits === 8 ? rows[from] : rows[from] << 8 | rows[from + 1];
    }
  }
  return { width, height, channels, bits, samples };
}

// PNG, section 9: each row is told by its differences from the byte before, above and before that.
function unfilter(rows, height, stride, unit) {
  for (let y = 0; y < height; y += 1) {
    const start = y * (stride + 1) + 1, kind = rows[start - 1];
    for (let x = 0; x < stride; x += 1) {
      const left = x >= unit ? rows[start + x - unit] : 0;
      const up = y > 0 ? rows[start + x - stride - 1] : 0;
      const corner = x >= unit && y > 0 ? rows[start + x - stride - 1 - unit] : 0;
      const guess = [0, left, up, (left + up) >> 1, kind === 4 ? paeth(left, up, corner) : 0][kind];
      rows[start + x] += guess;
    }
  }
}

function paeth(left, up, corner) {
  const [a, b, c] = [Math.abs(up - corner), Math.abs(left - corner), Math.abs(left + up - 2 * corner)];
  return a <= b && a <= c ? left : b <= c ? up : corner;
}
