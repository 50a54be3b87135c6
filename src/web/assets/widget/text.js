// Words of a message as nodes: paragraphs, lists that begin with "- ", links. Nothing else means
// anything, whoever wrote it.

const LINKS = /https?:\/\/[^\s<>"]+/g;

// The parts of a text: ["p", lines] and ["ul", lines].
function parts(text) {
  const found = [];
  let open = null;
  for (const line of text.split(/\r?\n/)) {
    const item = /^\s*[-•*] +(.*)$/.exec(line);
    const kind = item ? 'ul' : 'p';
    if (line.trim() === '') {
      open = null;
      continue;
    }
    if (!open || open[0] !== kind) {
      open = [kind, []];
      found.push(open);
    }
    open[1].push(item ? item[1] : line);
  }
  return found;
}

function inline(text) {
  const nodes = [];
  let from = 0;
  for (const match of text.matchAll(LINKS)) {
    // A full stop after a link ends the sentence.
    const address = match[0].replace(/[.,;:!?)\]}'…]+$/, '');
    nodes.push(text.slice(from, match.index), link(address, {}, address));
    from = match.index + address.length;
  }
  nodes.push(text.slice(from));
  return nodes;
}

function partNode([kind, lines]) {
  if (kind === 'ul') return make('ul', {}, ...lines.map((line) => make('li', {}, ...inline(line))));
  const nodes = lines.flatMap((line, at) => (at === 0 ? inline(line) : [make('br'), ...inline(line)]));
  return make('p', {}, ...nodes);
}

// Brings a node up to a text. Parts that stay the same stay the same nodes: a link keeps its focus
// while the text grows.
function writeText(node, text) {
  const wanted = parts(text);
  wanted.forEach((part, at) => {
    const source = JSON.stringify(part);
    const there = node.children[at];
    if (there && there.source === source) return;
    const made = partNode(part);
    made.source = source;
    if (there) there.replaceWith(made);
    else node.append(made);
  });
  while (node.children.length > wanted.length) node.lastChild.remove();
}
