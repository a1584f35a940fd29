"""The pages' one stylesheet."""

STYLE = """
:root { color-scheme: light dark; --text: light-dark(#1d2733, #e4e9ef); --back: light-dark(#fff, #14181d);
  --soft: light-dark(#f2f5f8, #1e242b); --line: light-dark(#d5dce4, #343d47); --quiet: light-dark(#566373, #9aa7b5);
  --link: light-dark(#1d539f, #8bb8f5); --warn: light-dark(#a1260d, #f49181); --edge: light-dark(#758496, #76838f); }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 80rem; padding: 0 1rem 3rem; font: 1rem/1.5 system-ui, sans-serif;
  color: var(--text); background: var(--back); }
a { color: var(--link); text-underline-offset: .15em; }
:focus-visible { outline: 2px solid var(--link); outline-offset: 2px; }
.skip { position: absolute; left: -100vw; padding: .5rem 1rem; background: var(--back); }
.skip:focus { left: 0; z-index: 1; }
header { display: flex; flex-wrap: wrap; gap: .25rem 2rem; align-items: baseline; padding: .75rem 0;
  border-bottom: 1px solid var(--line); }
nav { display: flex; flex-wrap: wrap; gap: 0 1.25rem; }
nav a { padding: .375rem 0; }
nav a[aria-current] { color: inherit; font-weight: 600; text-decoration-thickness: 2px; }
h1 { font-size: 1.5rem; line-height: 1.25; margin: 1.5rem 0 .5rem; overflow-wrap: anywhere; }
h2 { font-size: 1.125rem; margin: 2rem 0 .5rem; }
p { margin: .5rem 0; max-width: 46rem; }
.quiet, main > p { color: var(--quiet); }
.notice { border-left: 4px solid var(--link); background: var(--soft); padding: .5rem .75rem; color: var(--text); }
.warning { color: var(--warn); }
main > p.warning { color: var(--warn); }
table { border-collapse: collapse; width: 100%; font-size: .875rem; border: 1px solid var(--line); }
th, td { text-align: left; padding: .375rem .75rem; border-top: 1px solid var(--line); vertical-align: top; }
thead th { background: var(--soft); border-top: 0; }
td { overflow-wrap: anywhere; }
code, pre, .name { font-family: ui-monospace, "DejaVu Sans Mono", monospace; font-size: .8125rem; }
code, .name { overflow-wrap: anywhere; }
td .name { display: inline-block; max-width: 24rem; }
td code.what { display: inline-block; max-width: 20rem; min-width: 9rem; }
time, button { white-space: nowrap; }
time { font-size: .8125rem; font-variant-numeric: tabular-nums; }
pre { white-space: pre-wrap; overflow-wrap: anywhere; margin: 0; padding: .75rem; background: var(--soft);
  border: 1px solid var(--line); }
.state { border: 1px solid currentcolor; border-radius: 1rem; padding: 0 .5rem; white-space: nowrap; font-size: .8125rem; }
.findable { color: light-dark(#17663b, #6fd19b); } .registered { color: var(--link); }
.draft { color: light-dark(#7a4b00, #e5b567); }
.odd { border: 1px solid var(--edge); font-size: .6875rem; padding: 0 .125rem; margin: 0 .0625rem; }
dl { margin: .5rem 0; }
dl div { display: grid; grid-template-columns: 11rem 1fr; gap: 0 1rem; padding: .25rem 0;
  border-bottom: 1px solid var(--line); }
dt { color: var(--quiet); } dd { margin: 0; overflow-wrap: anywhere; }
form { font-size: .875rem; display: flex; flex-wrap: wrap; gap: .5rem .75rem; align-items: end; margin: .5rem 0; }
.acts { display: flex; flex-wrap: wrap; gap: .5rem 2rem; align-items: end; }
.acts form { margin: 0; }
label { display: grid; color: var(--quiet); min-width: 0; }
input, select, button { font: inherit; color: var(--text); background: var(--back); border: 1px solid var(--edge);
  border-radius: .25rem; padding: .375rem .5rem; max-width: 100%; min-height: 2.25rem; }
button { background: var(--soft); cursor: pointer; }
button:hover { border-color: var(--text); }
button.harsh { color: var(--warn); }
td form { margin: 0; }
td summary { padding: 0; }
summary { cursor: pointer; padding: .375rem 0; }
.turning { margin: .75rem 0; align-items: baseline; }
@media (max-width: 48rem) {
  table, tbody, tr, td { display: block; }
  thead { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
  tr { padding: .5rem .75rem; border-top: 1px solid var(--line); }
  tr:first-child { border-top: 0; }
  td { border: 0; padding: .125rem 0; display: grid; grid-template-columns: 7rem 1fr; gap: 0 .5rem; }
  td.empty { display: none; }
  td .name, td code.what { max-width: 100%; min-width: 0; }
  td::before { content: attr(data-label); color: var(--quiet); }
  td > div { min-width: 0; }
  .acts form { width: 100%; }
  dl div { grid-template-columns: 1fr; }
  form label, input, select { width: 100%; }
}
"""
