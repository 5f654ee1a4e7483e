import type { Result } from './compare.ts';
import { listRatios } from './table.ts';

const [rowHeight, barLeft, barWidth, width] = [22, 230, 380, 720];
const scenarios = ['viewer', 'REST account', 'createApiKey + deleteApiKey', 'batch of ten viewers'];

/** Draws requests per second as a multiple of the bare server, for the scenarios that describe most. */
export function drawTable(results: Result[]): string {
  const rows: string[] = [];
  let y = 30;
  const text = (x: number, words: string, style = '') => rows.push(`<text x="${x}" y="${y}"${style}>${encode(words)}</text>`);
  for (const scenario of scenarios.filter((name) => results.some((result) => result.scenario === name))) {
    text(10, scenario, ' font-weight="bold"');
    y += rowHeight;
    const ratios = listRatios(results, scenario);
    const most = Math.max(...ratios.map(({ requests }) => requests));
    for (const { server, requests } of ratios) {
      const length = Math.max(1, Math.round((requests / most) * barWidth));
      const fill = server.startsWith('gateway') ? '#2f6f4f' : '#9aa5b1';
      rows.push(`<rect x="${barLeft}" y="${y - 13}" width="${length}" height="16" rx="2" fill="${fill}"/>`);
      text(20, server);
      text(barLeft + length + 8, requests.toFixed(2));
      y += rowHeight;
    }
    y += rowHeight / 2;
  }
  const style = 'font-family="system-ui, sans-serif" font-size="13" fill="#24292f"';
  const background = `<rect width="${width}" height="${y}" fill="#ffffff"/>`;
  const title = '<title>Requests per second, as a multiple of the bare server</title>';
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${y}" ${style}>${title}${background}\n${rows.join('\n')}\n</svg>\n`;
}

function encode(words: string): string {
  return words.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
}
