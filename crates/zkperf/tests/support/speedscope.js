// Reads a file with speedscope's own importer and prints what it adds up, as JSON.
//
//     node speedscope.js FOLDER-OF-THE-NPM-PACKAGE FILE
//
// The package is an application for browsers in one bundle, without an export. So the bundle is evaluated up to where it
// would draw its page, and its importer, found by what it says, is handed out.

'use strict'
const fs = require('fs')
const path = require('path')
const vm = require('vm')

const [folder, file] = process.argv.slice(2)
const release = path.join(folder, 'dist/release')
const bundle = fs.readdirSync(release).find(name => /^speedscope-.*\.js$/.test(name))
const code = fs.readFileSync(path.join(release, bundle), 'utf8')
const importer = /Importing as speedscope json file"\),(\w+)\(/.exec(code)
const drawing = code.lastIndexOf('console.log(`speedscope v')
if (!importer || drawing < 0) {
  throw new Error('the bundle is laid out otherwise than that of speedscope 1.25.0')
}

// What the bundle touches of a browser before it draws anything.
const page = {
  location: { hash: '', protocol: 'file:' },
  addEventListener() {},
  matchMedia: () => ({ matches: false, addListener() {}, addEventListener() {} }),
}
const context = vm.createContext({
  ...{ TextDecoder, TextEncoder, URL, setTimeout, clearTimeout, setInterval, clearInterval, WebAssembly },
  console: { ...console, log() {} },
  window: page,
  self: page,
  location: page.location,
  document: {},
  navigator: { userAgent: '' },
  localStorage: { getItem: () => null, setItem() {} },
})
vm.runInContext(`${code.slice(0, drawing)}globalThis.read = ${importer[1]}})();`, context)

const group = context.read(JSON.parse(fs.readFileSync(file, 'utf8')))
const profiles = group.profiles.map(profile => {
  const frames = {}
  profile.forEachFrame(frame => {
    frames[frame.key] = { name: frame.name, self: frame.getSelfWeight(), total: frame.getTotalWeight() }
  })
  return { name: profile.getName(), total: profile.getTotalWeight(), frames }
})
console.log(JSON.stringify(profiles))
