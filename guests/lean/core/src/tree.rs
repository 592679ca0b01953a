//! The part of a trie that changes: the nodes on the way to what is set or removed, as a tree in memory.

use crate::node::{put_nibbles, Child as Read, Node as Encoded, TrieFault, KEY_NIBBLES};
use crate::node_index::NodeIndex;
use crate::rlp::{self, HASH, HASH_ITEM};
use crate::Bytes;
use ethrex_common::H256;
use ethrex_trie::EMPTY_TRIE_HASH;
use std::borrow::Cow;
use zkperf_guest_core::Crypto;

/// No value of a state or storage trie is longer: an account has 110 bytes at most.
const VALUE_BYTES: usize = 256;
/// The longest node: a branch with 16 hashes.
const NODE_BYTES: usize = 3 + 16 * HASH_ITEM + 1;

/// A trie whose changed part is in memory.
pub(crate) struct Tree<'a> {
    nodes: &'a NodeIndex,
    root: Child,
}

/// What a node in memory says of a child: two words, since a branch has 16, and memory that is touched is paid for.
enum Child {
    /// As it stands in the witness.
    Kept(Read),
    /// In memory, changed or about to be.
    Open(Box<Node>),
    /// What was in memory, as its parent names it: its hash.
    Hash(Box<[u8; 32]>),
    /// The same of a node of less than 32 bytes: its encoding.
    Inline(Box<Vec<u8>>),
}

const _: () = assert!(size_of::<Child>() == 2 * size_of::<usize>());

enum Node {
    /// With its items as they stand in the witness; none of a branch made anew.
    Branch(Bytes, Box<[Child; 16]>),
    /// Nibbles, one a byte, and at least one.
    Extension(Vec<u8>, Child),
    Leaf(Vec<u8>, Cow<'static, [u8]>),
}

impl<'a> Tree<'a> {
    /// The trie with this root.
    pub(crate) fn new(nodes: &'a NodeIndex, root: &'static [u8; 32]) -> Self {
        let root = Child::Kept(Read::root(root));
        Self { nodes, root }
    }

    /// Sets a value, which must not be empty.
    pub(crate) fn insert(&mut self, key: &[u8; 32], value: Vec<u8>) -> Result<(), TrieFault> {
        assert!(value.len() <= VALUE_BYTES, "no value of a state is so long");
        insert(self.nodes, &mut self.root, &nibbles(key), value)
    }

    /// Removes a value, if there is one. A branch that is left with one child is no branch any more; what takes its
    /// place depends on that child, so the witness has to have it.
    pub(crate) fn remove(&mut self, key: &[u8; 32]) -> Result<(), TrieFault> {
        remove(self.nodes, &mut self.root, &nibbles(key)).map(|_| ())
    }

    /// The root's hash.
    pub(crate) fn hash(mut self, crypto: &dyn Crypto) -> H256 {
        let mut scratch = Scratch::default();
        close(&mut self.root, crypto, &mut scratch);
        match &self.root {
            Child::Kept(Read::None) => EMPTY_TRIE_HASH,
            Child::Kept(Read::Hash(hash)) => H256(**hash),
            Child::Kept(Read::Inline(node)) => H256(crypto.keccak256(node)),
            Child::Hash(hash) => H256(**hash),
            // the root is hashed however short it is
            Child::Inline(node) => H256(crypto.keccak256(node)),
            Child::Open(_) => unreachable!("it was closed"),
        }
    }
}

fn nibbles(key: &[u8; 32]) -> [u8; KEY_NIBBLES] {
    let mut nibbles = [0; KEY_NIBBLES];
    put_nibbles(&mut nibbles, key);
    nibbles
}

impl Child {
    const NONE: Self = Self::Kept(Read::None);

    fn leaf(path: &[u8], value: impl Into<Cow<'static, [u8]>>) -> Self {
        Self::Open(Box::new(Node::Leaf(path.to_vec(), value.into())))
    }

    fn is_none(&self) -> bool {
        matches!(self, Self::Kept(Read::None))
    }

    /// The node in memory; `None` if there is no child. `left` is how many nibbles of a key are left here.
    fn open(&mut self, nodes: &NodeIndex, left: usize) -> Result<Option<&mut Node>, TrieFault> {
        if let Self::Kept(read) = *self {
            match read.open(nodes)? {
                Some(encoded) => *self = Self::Open(Box::new(Node::read(encoded, left)?)),
                None => return Ok(None),
            }
        }
        match self {
            Self::Open(node) => Ok(Some(node)),
            _ => unreachable!("a tree is closed once, at its end"),
        }
    }
}

impl Node {
    fn read(encoded: Bytes, left: usize) -> Result<Self, TrieFault> {
        match Encoded::read(encoded)? {
            Encoded::Branch(branch) if left > 0 => {
                Ok(Self::Branch(branch.0, branch.children(Child::Kept)?))
            }
            Encoded::Extension(path, child) if path.len() < left => {
                Ok(Self::Extension(path.nibbles(), Child::Kept(child)))
            }
            Encoded::Leaf(path, value) if path.len() == left => {
                Ok(Self::Leaf(path.nibbles(), Cow::Borrowed(value)))
            }
            _ => Err(TrieFault::KeyLength),
        }
    }
}

/// An extension, where there is a path; else the child itself. Paths of leaves and extensions grow into one.
fn extended(path: &[u8], child: Child) -> Child {
    let node = match child {
        child if path.is_empty() || child.is_none() => return child,
        Child::Open(node) => *node,
        kept => return Child::Open(Box::new(Node::Extension(path.to_vec(), kept))),
    };
    Child::Open(Box::new(match node {
        Node::Leaf(tail, value) => Node::Leaf([path, &tail].concat(), value),
        Node::Extension(tail, child) => Node::Extension([path, &tail].concat(), child),
        branch => Node::Extension(path.to_vec(), Child::Open(Box::new(branch))),
    }))
}

/// How many nibbles two paths have in common at their begin.
fn common(a: &[u8], b: &[u8]) -> usize {
    a.iter().zip(b).take_while(|(a, b)| a == b).count()
}

fn insert(nodes: &NodeIndex, at: &mut Child, key: &[u8], value: Vec<u8>) -> Result<(), TrieFault> {
    let Some(node) = at.open(nodes, key.len())? else {
        *at = Child::leaf(key, value);
        return Ok(());
    };
    match node {
        Node::Branch(_, children) => {
            insert(nodes, &mut children[usize::from(key[0])], &key[1..], value)
        }
        Node::Leaf(path, old) if path == key => {
            *old = Cow::Owned(value);
            Ok(())
        }
        Node::Leaf(path, old) => {
            let shared = common(path, key);
            let old = Child::leaf(&path[shared + 1..], std::mem::take(old));
            let here = usize::from(path[shared]);
            *at = fork(key, shared, (here, old), value);
            Ok(())
        }
        Node::Extension(path, child) => {
            let shared = common(path, key);
            if shared == path.len() {
                return insert(nodes, child, &key[shared..], value);
            }
            let child = std::mem::replace(child, Child::NONE);
            let rest = match &path[shared + 1..] {
                [] => child,
                rest => Child::Open(Box::new(Node::Extension(rest.to_vec(), child))),
            };
            let here = usize::from(path[shared]);
            *at = fork(key, shared, (here, rest), value);
            Ok(())
        }
    }
}

/// A branch after the first `shared` nibbles of a key: what was there, and the key's own leaf.
fn fork(key: &[u8], shared: usize, (place, old): (usize, Child), value: Vec<u8>) -> Child {
    let mut children = Box::new([Child::NONE; 16]);
    children[place] = old;
    children[usize::from(key[shared])] = Child::leaf(&key[shared + 1..], value);
    let branch = Child::Open(Box::new(Node::Branch(&[], children)));
    extended(&key[..shared], branch)
}

/// Returns whether there was a value.
fn remove(nodes: &NodeIndex, at: &mut Child, key: &[u8]) -> Result<bool, TrieFault> {
    let Some(node) = at.open(nodes, key.len())? else {
        return Ok(false);
    };
    match node {
        Node::Leaf(path, _) if path != key => return Ok(false),
        Node::Leaf(..) => *at = Child::NONE,
        Node::Extension(path, child) => {
            let Some(rest) = key.strip_prefix(path.as_slice()) else {
                return Ok(false);
            };
            if !remove(nodes, child, rest)? {
                return Ok(false);
            }
            let child = std::mem::replace(child, Child::NONE);
            *at = extended(&std::mem::take(path), child);
        }
        Node::Branch(_, children) => {
            if !remove(nodes, &mut children[usize::from(key[0])], &key[1..])? {
                return Ok(false);
            }
            let mut left = children
                .iter_mut()
                .enumerate()
                .filter(|(_, c)| !c.is_none());
            if let (Some((place, only)), None) = (left.next(), left.next()) {
                only.open(nodes, key.len() - 1)?;
                let only = std::mem::replace(only, Child::NONE);
                *at = extended(&[place as u8], only);
            }
        }
    }
    Ok(true)
}

/// Where nodes are encoded, one after the other: at a whole word, as hashing wants its input.
#[repr(align(8))]
struct Scratch([u8; NODE_BYTES]);

impl Default for Scratch {
    fn default() -> Self {
        Self([0; NODE_BYTES])
    }
}

/// Replaces a node in memory by what its parent says of it, its children first.
fn close(at: &mut Child, crypto: &dyn Crypto, scratch: &mut Scratch) {
    let Child::Open(node) = at else { return };
    match &mut **node {
        Node::Branch(_, children) => {
            for child in children.iter_mut() {
                // most are not in memory, and no call is made for them
                if matches!(child, Child::Open(_)) {
                    close(child, crypto, scratch);
                }
            }
        }
        Node::Extension(_, child) => close(child, crypto, scratch),
        Node::Leaf(..) => {}
    }
    let encoded = encode(node, scratch);
    *at = match encoded.len() {
        0..32 => Child::Inline(Box::new(encoded.to_vec())),
        _ => Child::Hash(Box::new(crypto.keccak256(encoded))),
    };
}

fn encode<'s>(node: &Node, scratch: &'s mut Scratch) -> &'s [u8] {
    match node {
        Node::Branch(items, children) => encode_branch(items, children, scratch),
        Node::Extension(path, child) => {
            let payload = path_length(path) + child.named_length();
            encode_list(scratch, payload, |out| {
                child.put_name(put_path(out, path, 0));
            })
        }
        Node::Leaf(path, value) => {
            let payload = path_length(path) + string_length(value);
            encode_list(scratch, payload, |out| {
                put_string(put_path(out, path, 0x20), value);
            })
        }
    }
}

fn encode_list(scratch: &mut Scratch, payload: usize, put_items: impl FnOnce(&mut [u8])) -> &[u8] {
    put_items(rlp::put_prefix(&mut scratch.0, 0xc0, payload));
    &scratch.0[..rlp::prefix_length(payload) + payload]
}

/// Children first, behind as many bytes as most prefixes have: so nobody has to count them before. What lies between two
/// changed children is copied at once.
fn encode_branch<'s>(items: Bytes, children: &[Child; 16], scratch: &'s mut Scratch) -> &'s [u8] {
    const PREFIX: usize = 3;
    let out = &mut scratch.0[PREFIX..];
    let room = out.len();
    // `kept` has the items not yet copied, `left` those of the children to come
    let (mut out, mut kept, mut left) = (out, items, items);
    for child in children {
        left = match (child, left) {
            (Child::Kept(Read::None), [rlp::EMPTY, after @ ..]) => after,
            // the very same bytes, so nothing is compared
            (Child::Kept(Read::Hash(hash)), [HASH, item @ ..])
                if item.as_ptr() == hash.as_ptr() && item.len() >= hash.len() =>
            {
                &item[hash.len()..]
            }
            _ => {
                out = put(out, &kept[..kept.len() - left.len()]);
                out = child.put_name(out);
                // where nothing can be skipped, no child stands
                kept = rlp::skip(left).unwrap_or_default();
                kept
            }
        };
    }
    out = put(out, &kept[..kept.len() - left.len()]);
    out[0] = rlp::EMPTY;
    let payload = room - out.len() + 1;
    let from = PREFIX - rlp::prefix_length(payload);
    rlp::put_prefix(&mut scratch.0[from..], 0xc0, payload);
    &scratch.0[from..PREFIX + payload]
}

impl Child {
    /// How many bytes its parent says of it.
    fn named_length(&self) -> usize {
        match self {
            Self::Kept(Read::None) => 1,
            Self::Kept(Read::Hash(_)) | Self::Hash(_) => HASH_ITEM,
            Self::Kept(Read::Inline(node)) => node.len(),
            Self::Inline(node) => node.len(),
            Self::Open(_) => unreachable!("children are closed first"),
        }
    }

    fn put_name<'o>(&self, out: &'o mut [u8]) -> &'o mut [u8] {
        match self {
            Self::Kept(Read::None) => put(out, &[rlp::EMPTY]),
            Self::Kept(Read::Hash(hash)) => put(put(out, &[HASH]), *hash),
            Self::Hash(hash) => put(put(out, &[HASH]), &**hash),
            Self::Kept(Read::Inline(node)) => put(out, node),
            Self::Inline(node) => put(out, node),
            Self::Open(_) => unreachable!("children are closed first"),
        }
    }
}

fn put<'o>(out: &'o mut [u8], bytes: &[u8]) -> &'o mut [u8] {
    let (here, rest) = out.split_at_mut(bytes.len());
    here.copy_from_slice(bytes);
    rest
}

/// A string with its prefix.
fn string_length(string: &[u8]) -> usize {
    match string {
        [0..0x80] => 1,
        _ => rlp::prefix_length(string.len()) + string.len(),
    }
}

fn put_string<'o>(out: &'o mut [u8], string: &[u8]) -> &'o mut [u8] {
    match string {
        [0..0x80] => put(out, string),
        _ => put(rlp::put_prefix(out, 0x80, string.len()), string),
    }
}

/// A path in hex-prefix encoding, with its prefix: one byte where it has one nibble or none.
fn path_length(path: &[u8]) -> usize {
    match path.len() / 2 {
        0 => 1,
        pairs => 2 + pairs,
    }
}

/// `kind` is 0x20 for a leaf, 0 for an extension.
fn put_path<'o>(mut out: &'o mut [u8], path: &[u8], kind: u8) -> &'o mut [u8] {
    if path.len() > 1 {
        out = rlp::put_prefix(out, 0x80, 1 + path.len() / 2);
    }
    let (odd, pairs) = path.split_at(path.len() % 2);
    let first = odd.first().map_or(kind, |odd| kind | 0x10 | odd);
    let (here, rest) = out.split_at_mut(1 + pairs.len() / 2);
    here[0] = first;
    for (byte, pair) in here[1..].iter_mut().zip(pairs.chunks_exact(2)) {
        *byte = pair[0] << 4 | pair[1];
    }
    rest
}

#[cfg(test)]
#[path = "tree_tests.rs"]
mod tests;
