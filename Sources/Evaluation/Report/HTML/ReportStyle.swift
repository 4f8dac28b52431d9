/// How the page looks: light or dark as the reader's system is, on a phone, on a desk and on paper. What is said of
/// paper stands last, so that it overrides the rest.
enum ReportStyle {
    static let sheet = """
        :root { color-scheme: light dark; --ground: #ffffff; --raised: #f4f5f7; --text: #1c2024; --quiet: #51585f;
          --line: #c9ced4; --link: #0a4fa8; --s0: #0a5cad; --s1: #b3440c; --s2: #24703a; --s3: #7a3d99;
          --good: #1d6b33; --partly: #7a5200; --bad: #a81e1e; --unknown: #51585f; }
        @media (prefers-color-scheme: dark) { :root { --ground: #14171a; --raised: #1f2429; --text: #e8eaed;
          --quiet: #aeb6be; --line: #444c55; --link: #8fbcff; --s0: #79b4ff; --s1: #ff9a66; --s2: #7fd492;
          --s3: #d9a3f2; --good: #7fd492; --partly: #f0c05a; --bad: #ff9494; --unknown: #aeb6be; } }
        * { box-sizing: border-box; }
        body { margin: 0 auto; padding: 1rem; max-width: 75rem; background: var(--ground); color: var(--text);
          font: 1rem/1.5 system-ui, sans-serif; overflow-wrap: anywhere; }
        h1 { font-size: 1.6rem; line-height: 1.25; margin: 0.5rem 0; }
        h2 { font-size: 1.3rem; margin: 2rem 0 0.5rem; border-bottom: 1px solid var(--line); }
        h3 { font-size: 1.1rem; margin: 1rem 0 0.5rem; } h4 { font-size: 1rem; margin: 0.5rem 0; }
        p { margin: 0.5rem 0; max-width: 45rem; } header p { color: var(--quiet); }
        a { color: var(--link); } nav ul { list-style: none; padding: 0; display: flex; flex-wrap: wrap;
          gap: 0.25rem 1rem; } nav a { display: inline-block; padding: 0.25rem 0; }
        .cards { display: grid; gap: 1rem; grid-template-columns: repeat(auto-fit, minmax(min(20rem, 100%), 1fr)); }
        .card { background: var(--raised); border: 1px solid var(--line); border-left: 0.4rem solid var(--unknown);
          padding: 0.25rem 1rem; } .card h3 { margin: 0.5rem 0; }
        .outcome { border: 1px solid currentColor; border-radius: 0.3rem; padding: 0 0.4rem; white-space: nowrap; }
        .good { border-left-color: var(--good); } .good .outcome { color: var(--good); }
        .partly { border-left-color: var(--partly); } .partly .outcome { color: var(--partly); }
        .bad { border-left-color: var(--bad); } .bad .outcome { color: var(--bad); }
        .unknown .outcome { color: var(--unknown); }
        .rule, .meaning, .interval, .absent, figcaption { color: var(--quiet); font-size: 0.85rem; }
        .warning { border-left: 0.4rem solid var(--partly); padding-left: 0.75rem; }
        .mind { color: var(--partly); font-size: 0.85rem; }
        .meaning, .mind, .interval, .value { display: block; font-weight: normal; }
        .scroll { overflow-x: auto; margin: 1rem 0; } .scroll:focus-visible, a:focus-visible {
          outline: 2px solid var(--link); outline-offset: 2px; }
        table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
        caption { text-align: left; font-weight: 600; padding: 0.25rem 0; }
        th, td { text-align: left; vertical-align: top; padding: 0.35rem 0.5rem; border-bottom: 1px solid var(--line);
          overflow-wrap: normal; } thead th { border-bottom-width: 2px; }
        .scores th[scope=row] { min-width: 10rem; overflow-wrap: anywhere; } .scores td { min-width: 5rem; }
        .synthetic { background: var(--raised); } .synthetic .value { font-weight: 600; }
        figure { margin: 0; } img, svg { max-width: 100%; height: auto; display: block; }
        img { image-rendering: pixelated; }
        .pictures { margin: 1rem 0; } .pairs { display: grid; gap: 1rem;
          grid-template-columns: repeat(auto-fill, minmax(min(17rem, 100%), 1fr)); }
        .pair { display: grid; gap: 0.5rem; grid-template-columns: 1fr 1fr; margin: 0.75rem 0; align-items: start; }
        .pair h4 { grid-column: 1 / -1; margin: 0; } .flagged h4 { color: var(--bad); }
        .chart { margin: 1rem 0; max-width: 45rem; } .chart figcaption { color: var(--text); font-weight: 600; }
        svg text { fill: var(--text); font: 13px system-ui, sans-serif; } .axis { stroke: var(--text); fill: none; }
        .grid { stroke: var(--line); fill: none; } .threshold { stroke: var(--bad); stroke-width: 2; fill: none; }
        .l0 { stroke: var(--s0); } .l1 { stroke: var(--s1); stroke-dasharray: 7 4; }
        .l2 { stroke: var(--s2); stroke-dasharray: 2 3; } .l3 { stroke: var(--s3); stroke-dasharray: 9 3 2 3; }
        .l0, .l1, .l2, .l3 { fill: none; stroke-width: 2; } .band { opacity: 0.2; stroke: none; }
        .f0 { fill: var(--s0); } .f1 { fill: var(--s1); } .f2 { fill: var(--s2); } .f3 { fill: var(--s3); }
        dl { display: grid; grid-template-columns: minmax(7rem, 14rem) 1fr; gap: 0.25rem 1rem; font-size: 0.9rem; }
        @media screen and (max-width: 40rem) { dl { grid-template-columns: 1fr; } dd { margin-bottom: 0.5rem; }
          th, td { padding: 0.35rem 0.25rem; } .plain td { white-space: nowrap; }
          .scores, .scores thead, .scores tbody { display: block; } .scores th, .scores td { border-bottom: none; }
          .scores tr { display: grid; grid-template-columns: repeat(3, 1fr); border-bottom: 1px solid var(--line); }
          .scores tr > :first-child { grid-column: 1 / -1; } .scores td { min-width: 0; } }
        dt { color: var(--quiet); } dd { margin: 0; min-width: 0; overflow-wrap: anywhere; }
        @media print { :root { color-scheme: light; --ground: #ffffff; --raised: #ffffff; --text: #000000;
          --quiet: #333333; --line: #888888; --link: #000000; --s0: #0a5cad; --s1: #b3440c; --s2: #24703a;
          --s3: #7a3d99; --good: #1d6b33; --partly: #7a5200; --bad: #a81e1e; --unknown: #333333; }
          nav { display: none; } body { max-width: none; font-size: 10pt; }
          figure, tr, .card, .pair { break-inside: avoid; } h2, h3, h4, caption { break-after: avoid; }
          .scroll { overflow: visible; } th, td { padding: 0.2rem 0.3rem; } .scores td { min-width: 4rem; } }
        """
}
