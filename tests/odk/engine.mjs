// Walks forms through ODK's own engine, headless. In: one JSON line a walk ({xform, answers, files}). Out: one JSON line a
// walk ({lines, choices} or {error}), in the shape of `genklang survey walk`.
import { createInterface } from 'node:readline';
import { JSDOM } from 'jsdom';

const { window } = new JSDOM('');
for (const name of ['DOMParser', 'Document', 'Element', 'Node', 'Text', 'Attr', 'Comment', 'CDATASection', 'XMLSerializer', 'XMLDocument', 'ProcessingInstruction']) {
  globalThis[name] = window[name];
}
globalThis.document = window.document;
globalThis.__dirname = import.meta.dirname; // its parser asks for it although it reads no file
// The engine only warns on the console; its words must not mix with ours.
console.log = console.warn = console.info = (...words) => process.stderr.write(`${words.join(' ')}\n`);
process.on('unhandledRejection', (reason) => process.stderr.write(`unhandled: ${reason}\n`));

const { createInstance } = await import('@getodk/xforms-engine');

const TYPES = { csv: 'text/csv', geojson: 'application/geo+json', xml: 'text/xml' };

const served = (files) => async (resource) => {
  const name = String(resource).split('/').pop();
  const text = files?.[name];
  if (text === undefined) {
    return new Response('', { status: 404 });
  }
  return new Response(text, { status: 200, headers: { 'content-type': TYPES[name.split('.').pop()] ?? 'text/plain' } });
};

const LEAVES = new Set(['model-value', 'input', 'note', 'select', 'range', 'rank', 'trigger', 'upload']);

const everyNode = function* (node) {
  yield node;
  for (const child of node.currentState.children ?? []) {
    yield* everyNode(child);
  }
};

const stateOf = (root) => {
  const state = {};
  const choices = {};
  for (const node of everyNode(root)) {
    const now = node.currentState;
    if (node.nodeType.startsWith('repeat-range')) {
      continue; // the instances stand for themselves
    }
    const isLeaf = LEAVES.has(node.nodeType);
    state[now.reference] = {
      relevant: now.relevant,
      required: now.required,
      valid: isLeaf ? node.validationState.violation == null : node.validationState.violations.length === 0,
      value: isLeaf ? now.instanceValue : '',
      label: now.label?.asString ?? null,
    };
    if (now.valueOptions != null) {
      choices[now.reference] = now.valueOptions.map((option) => [option.value, option.label.asString]);
    }
  }
  return { state, choices };
};

const find = (root, path) => {
  for (const node of everyNode(root)) {
    if (node.currentState.reference === path && !(node.nodeType.startsWith('repeat-range') && LEAVES.has(node.nodeType))) {
      return node;
    }
  }
  return null;
};

const listOf = (value) => (Array.isArray(value) ? value : value === '' || value == null ? [] : String(value).split(/\s+/));

const answer = (root, path, value) => {
  if (path === '@lang') {
    root.setLanguage(root.languages.find((language) => language.language === value) ?? { language: value });
    return;
  }
  if (path === '@repeat') {
    const range = find(root, value);
    range.addInstances();
    return;
  }
  if (path === '@remove') {
    const instance = find(root, value);
    instance.parent.removeInstances(instance.parent.getInstanceIndex(instance));
    return;
  }
  const node = find(root, path);
  if (node == null) {
    throw new Error(`there is no node ${path}`);
  }
  switch (node.nodeType) {
    case 'select':
      if (node.selectType === 'select') {
        node.selectValues(listOf(value));
      } else {
        node.selectValue(value === '' ? null : value);
      }
      break;
    case 'rank':
      node.setValues(listOf(value));
      break;
    case 'trigger':
      node.setValue(value === true || /^(ok|true|1)$/i.test(String(value)));
      break;
    case 'input':
    case 'range':
      node.setValue(value);
      break;
    default:
      throw new Error(`${path} takes no answer (${node.nodeType})`);
  }
};

const clock = Date.now;

const walk = async ({ xform, answers, files, now }) => {
  const at = now === undefined ? undefined : Date.parse(now);
  Date.now = at === undefined ? clock : () => at;
  const fetching = served(files);
  const { root } = await createInstance(xform, { form: { fetchFormAttachment: fetching } });
  const lines = [{ after: null, ...stateOf(root) }];
  for (const [path, value] of answers) {
    let refused;
    try {
      answer(root, path, value);
    } catch (error) {
      refused = String(error.message ?? error);
    }
    lines.push({ after: [path, value], ...(refused === undefined ? {} : { refused }), ...stateOf(root) });
  }
  return { lines };
};

for await (const line of createInterface({ input: process.stdin })) {
  let told;
  try {
    told = await walk(JSON.parse(line));
  } catch (error) {
    const causes = [];
    for (let cause = error; cause != null; cause = cause.cause) {
      causes.push(String(cause.message ?? cause));
    }
    told = { error: causes.join(' / ') };
  }
  process.stdout.write(`${JSON.stringify(told)}\n`);
}
