//! Trie nodes as they are encoded, and the way from a root to a value.

use crate::node_index::NodeIndex;
use crate::rlp::{self, Malformed};
use crate::Bytes;
use ethrex_common::H256;
use ethrex_trie::EMPTY_TRIE_HASH;

/// Nibbles of a key: every key is the Keccak-256 of an address or of a slot.
pub(crate) const KEY_NIBBLES: usize = 64;

/// Why the witness does not say what stands under a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum TrieFault {
    /// The node on the way is not part of it.
    #[error("no node has the hash {0:#x}")]
    Missing(H256),
    /// What has the right hash is no trie node.
    #[error("a node is malformed")]
    Malformed,
    /// A path does not end where keys end.
    #[error("a node's path is longer or shorter than a key")]
    KeyLength,
}

impl From<Malformed> for TrieFault {
    fn from(Malformed: Malformed) -> Self {
        Self::Malformed
    }
}

/// What a node says of a child.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Child {
    None,
    Hash(&'static [u8; 32]),
    /// A node of less than 32 bytes stands in its parent. Hardly any is: what says where it is lies elsewhere, so that
    /// a child takes two words.
    Inline(&'static Bytes),
}

impl Child {
    /// The root of a trie.
    pub(crate) fn root(hash: &'static [u8; 32]) -> Self {
        match *hash == EMPTY_TRIE_HASH.0 {
            true => Self::None,
            false => Self::Hash(hash),
        }
    }

    /// The first child that `items` name, and the other items.
    #[inline(always)]
    fn split(items: Bytes) -> Result<(Self, Bytes), Malformed> {
        // nearly all are hashes or none
        match items.split_first() {
            Some((&rlp::EMPTY, rest)) => Ok((Self::None, rest)),
            Some((&rlp::HASH, rest)) => match rest.split_first_chunk() {
                Some((hash, rest)) => Ok((Self::Hash(hash), rest)),
                None => Err(Malformed),
            },
            _ => {
                let (item, rest) = rlp::split(items)?;
                Ok((Self::of(item)?, rest))
            }
        }
    }

    fn of(item: rlp::Item) -> Result<Self, Malformed> {
        match (item.is_list, item.payload) {
            (true, _) if item.whole.len() >= 32 => Err(Malformed),
            (true, _) => Ok(Self::Inline(Box::leak(Box::new(item.whole)))),
            (false, []) => Ok(Self::None),
            (false, hash) => Ok(Self::Hash(hash.try_into().map_err(|_| Malformed)?)),
        }
    }

    /// Its encoding; `None` for no child.
    pub(crate) fn open(self, nodes: &NodeIndex) -> Result<Option<Bytes>, TrieFault> {
        match self {
            Self::None => Ok(None),
            Self::Inline(node) => Ok(Some(node)),
            Self::Hash(hash) => match nodes.get(hash) {
                Some(node) => Ok(Some(node)),
                None => Err(TrieFault::Missing(H256(*hash))),
            },
        }
    }
}

/// A node, its parts borrowed.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Node {
    Branch(Branch),
    Extension(Path, Child),
    Leaf(Path, Bytes),
}

impl Node {
    /// Reads a node's kind, and all of it but a branch's children.
    ///
    /// The witness is only believed as far as hashes go, and what has the hash that a state root leads to is a node
    /// that somebody's client wrote. So a branch's 17 items are not counted before they are used; nothing is read
    /// outside of the node, whatever stands in it.
    pub(crate) fn read(encoded: Bytes) -> Result<Self, Malformed> {
        let (list, trailing) = rlp::split(encoded)?;
        if !list.is_list || !trailing.is_empty() {
            return Err(Malformed);
        }
        let after_one = rlp::skip(list.payload)?;
        let after_two = rlp::skip(after_one)?;
        if !after_two.is_empty() {
            return Ok(Self::Branch(Branch(list.payload)));
        }
        let (path, _) = rlp::split(list.payload)?;
        let (second, _) = rlp::split(after_one)?;
        let path = Path::read(path.payload)?;
        match path.is_leaf {
            true if second.is_list => Err(Malformed),
            true => Ok(Self::Leaf(path, second.payload)),
            false => Ok(Self::Extension(path, Child::of(second)?)),
        }
    }
}

/// The 17 items of a branch; no key ends in one, so the last is empty.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Branch(pub(crate) Bytes);

impl Branch {
    /// The child for a nibble.
    pub(crate) fn child(self, nibble: u8) -> Result<Child, Malformed> {
        let mut items = self.0;
        for _ in 0..nibble {
            items = rlp::skip(items)?;
        }
        Ok(Child::split(items)?.0)
    }

    /// All children, in what is made of them.
    pub(crate) fn children<C>(self, of: impl Fn(Child) -> C) -> Result<Box<[C; 16]>, Malformed> {
        // written where they stay: an array would be copied there
        let mut children = Vec::with_capacity(16);
        let mut items = self.0;
        for _ in 0..16 {
            let (child, rest) = Child::split(items)?;
            children.push(of(child));
            items = rest;
        }
        match items {
            [rlp::EMPTY] => children.try_into().map_err(|_| Malformed),
            _ => Err(Malformed),
        }
    }
}

/// The part of a key that a leaf or an extension stands for: nibbles in hex-prefix encoding.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Path {
    pub(crate) is_leaf: bool,
    /// The first nibble, where their number is odd.
    odd: Option<u8>,
    /// The others, two a byte.
    pairs: Bytes,
}

impl Path {
    fn read(encoded: Bytes) -> Result<Self, Malformed> {
        let (flags, pairs) = encoded.split_first().ok_or(Malformed)?;
        let odd = match flags >> 4 {
            0 | 2 if flags & 0xf == 0 => None,
            1 | 3 => Some(flags & 0xf),
            _ => return Err(Malformed),
        };
        let is_leaf = flags & 0x20 != 0;
        Ok(Self {
            is_leaf,
            odd,
            pairs,
        })
    }

    /// How many nibbles it has.
    pub(crate) fn len(self) -> usize {
        usize::from(self.odd.is_some()) + 2 * self.pairs.len()
    }

    /// The nibbles, one a byte.
    pub(crate) fn nibbles(self) -> Vec<u8> {
        let mut nibbles = vec![0; self.len()];
        let (odd, pairs) = nibbles.split_at_mut(self.len() % 2);
        if let Some(first) = odd.first_mut() {
            *first = self.odd.unwrap_or_default();
        }
        put_nibbles(pairs, self.pairs);
        nibbles
    }

    /// Whether the key has these nibbles from place `depth`, which leaves as many at least.
    fn is_at(self, key: &[u8; 32], depth: usize) -> bool {
        if self.odd.is_some_and(|odd| odd != nibble(key, depth)) {
            return false;
        }
        let depth = depth + usize::from(self.odd.is_some());
        if depth.is_multiple_of(2) {
            let from = depth / 2;
            return key[from..from + self.pairs.len()] == *self.pairs;
        }
        let mut places = (depth..).step_by(2).zip(self.pairs);
        places.all(|(place, pair)| {
            nibble(key, place) == pair >> 4 && nibble(key, place + 1) == pair & 0xf
        })
    }
}

/// Takes bytes apart: twice as many nibbles.
pub(crate) fn put_nibbles(nibbles: &mut [u8], pairs: &[u8]) {
    for (two, pair) in nibbles.as_chunks_mut().0.iter_mut().zip(pairs) {
        *two = [pair >> 4, pair & 0xf];
    }
}

/// The key's nibble in place `depth`.
pub(crate) fn nibble(key: &[u8; 32], depth: usize) -> u8 {
    let pair = key[depth / 2];
    match depth.is_multiple_of(2) {
        true => pair >> 4,
        false => pair & 0xf,
    }
}

/// The value that stands under a key; `None` if the witness shows that there is none.
///
/// # Errors
/// The witness shows neither.
pub(crate) fn get(
    nodes: &NodeIndex,
    root: Child,
    key: &[u8; 32],
) -> Result<Option<Bytes>, TrieFault> {
    let (mut child, mut depth) = (root, 0);
    while let Some(encoded) = child.open(nodes)? {
        match Node::read(encoded)? {
            Node::Branch(_) if depth == KEY_NIBBLES => return Err(TrieFault::KeyLength),
            Node::Branch(branch) => {
                child = branch.child(nibble(key, depth))?;
                depth += 1;
            }
            Node::Extension(path, next) => {
                if depth + path.len() >= KEY_NIBBLES {
                    return Err(TrieFault::KeyLength);
                }
                if !path.is_at(key, depth) {
                    return Ok(None);
                }
                child = next;
                depth += path.len();
            }
            Node::Leaf(path, value) => {
                if depth + path.len() != KEY_NIBBLES {
                    return Err(TrieFault::KeyLength);
                }
                return Ok(path.is_at(key, depth).then_some(value));
            }
        }
    }
    Ok(None)
}
