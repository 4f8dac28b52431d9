// Enlarging without a model, to compare with: every pixel as a square, or bicubic (Keys 1981 with a = -0.5, as Pillow
// has it).

export function nearest(picture, times) {
  return made(picture, times, (samples, x, y, c) =>
    samples[((Math.floor(y / times) * picture.width) + Math.floor(x / times)) * picture.channels + c]);
}

export function bicubic(picture, times) {
  const { width, height, channels, samples, bits } = picture;
  const top = bits === 16 ? 65535 : 255;
  const columns = taps(width, times), rows = taps(height, times);
  // First along the rows, then along the columns, rounded in between.
  const wide = new samples.constructor(width * times * height * channels);
  for (let y = 0; y < height; y += 1) for (let x = 0; x < width * times; x += 1) for (let c = 0; c < channels; c += 1) {
    wide[(y * width * times + x) * channels + c] = weigh(columns[x], top,
      (from) => samples[(y * width + from) * channels + c]);
  }
  return made(picture, times, (_, x, y, c) =>
    weigh(rows[y], top, (from) => wide[(from * width * times + x) * channels + c]));
}

function made(picture, times, sample) {
  const { width, height, channels, samples, bits } = picture;
  const result = new samples.constructor(width * height * times * times * channels);
  let to = 0;
  for (let y = 0; y < height * times; y += 1) for (let x = 0; x < width * times; x += 1) {
    for (let c = 0; c < channels; c += 1, to += 1) result[to] = sample(samples, x, y, c);
  }
  return { width: width * times, height: height * times, channels, bits, samples: result };
}

const weigh = (tap, top, value) => {
  let sum = 0;
  for (const [from, weight] of tap) sum += weight * value(from);
  return Math.min(top, Math.max(0, Math.round(sum)));
};

// For each new pixel the old ones within two of it, and their weights, whose sum is one also at the edges.
function taps(size, times) {
  return Array.from({ length: size * times }, (_, place) => {
    const center = (place + 0.5) / times - 0.5;
    const near = [];
    const first = Math.max(0, Math.floor(center) - 1), last = Math.min(size - 1, Math.floor(center) + 2);
    for (let from = first; from <= last; from += 1) {
      near.push([from, keys(Math.abs(center - from))]);
    }
    const sum = near.reduce((total, [, weight]) => total + weight, 0);
    return near.map(([from, weight]) => [from, weight / sum]);
  });
}

function keys(x) {
  const a = -0.5;
  if (x < 1) return ((a + 2) * x - (a + 3)) * x * x + 1;
  return x < 2 ? ((x - 5) * x + 8) * x * a - 4 * a : 0;
}
