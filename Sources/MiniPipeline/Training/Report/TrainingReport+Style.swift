extension TrainingReport {
    /// How the page looks, in light and in dark.
    static let style = """
        :root { --text: #24292f; --soft: #57606a; --paper: #ffffff; --card: #f6f8fa; --line: #d8dee4; --accent: #0969da }
        @media (prefers-color-scheme: dark) {
        :root { --text: #e6edf3; --soft: #9198a1; --paper: #0d1117; --card: #161b22; --line: #2a313a; --accent: #58a6ff }
        }
        * { box-sizing: border-box }
        body { margin: 0; background: var(--paper); color: var(--text); font: 16px/1.5 system-ui, -apple-system, "Segoe UI", "DejaVu Sans", sans-serif }
        main { max-width: 56rem; margin: 0 auto; padding: 2rem 1rem 4rem }
        h1 { margin: 0; font-size: 2rem; overflow-wrap: anywhere }
        h2 { margin: 2.5rem 0 .75rem; font-size: 1.2rem }
        header p { margin: .25rem 0 1.5rem; color: var(--soft) }
        .tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(9.5rem, 1fr)); gap: .75rem }
        .tile { padding: .75rem 1rem; background: var(--card); border: 1px solid var(--line); border-radius: .5rem }
        .name, .note { color: var(--soft); font-size: .85rem }
        .figure { font-size: 1.6rem; font-weight: 600; color: var(--accent); font-variant-numeric: tabular-nums }
        figure { margin: 0 0 1rem; border: 1px solid var(--line); border-radius: .5rem; overflow: hidden }
        svg.chart { display: block; width: 100%; height: auto }
        table { width: 100%; border-collapse: collapse; font-variant-numeric: tabular-nums }
        th, td { padding: .35rem .5rem; border-bottom: 1px solid var(--line); text-align: left; vertical-align: top; overflow-wrap: anywhere }
        th { width: 35%; font-weight: 400; color: var(--soft) }
        details { margin: 0 0 .5rem }
        summary { cursor: pointer; color: var(--accent) }
        pre { margin: .5rem 0; padding: .75rem 1rem; background: var(--card); border: 1px solid var(--line); border-radius: .5rem; white-space: pre-wrap; overflow-wrap: anywhere; font: .9rem/1.5 ui-monospace, "DejaVu Sans Mono", monospace }
        @media print { details:not([open]) { display: none } }
        """
}
