//! Witnesses from which something is withheld, or in which something is forged.

use super::{parts, Change, Original, Parts, Reach, Tampering};
use zkperf_guest_core::{Crypto, PortableCrypto};
use Reach::{Early, Execution};

/// A changed node or code has another hash, so the right one is missing.
pub(super) const LIST: &[Tampering] = &[
    parts("headers-none", &[20], Early, "no header at all", |_, p| {
        p.headers.clear();
        Some(())
    }),
    parts(
        "header-parent-withheld",
        &[20],
        Early,
        "the parent's header is withheld",
        |_, p| p.headers.pop().map(|_| ()),
    ),
    parts(
        "header-parent-altered",
        &[22],
        Early,
        "the parent's header says something else",
        |_, p| flip_last(p.headers.last_mut()?),
    ),
    parts(
        "header-ancestor-altered",
        &[21],
        Early,
        "an older header says something else",
        |_, p| {
            (p.headers.len() > 1).then_some(())?;
            flip_last(&mut p.headers[0])
        },
    ),
    parts(
        "header-between-withheld",
        &[21],
        Early,
        "a header between two others is withheld",
        |_, p| {
            (p.headers.len() > 2).then_some(())?;
            p.headers.remove(1);
            Some(())
        },
    ),
    Tampering {
        id: "headers-swapped",
        about: "two headers changed places",
        codes: &[20, 21],
        reach: Early,
        change: Change::Order(|_, p| {
            let last = p.headers.len().checked_sub(1).filter(|last| *last > 0)?;
            p.headers.swap(0, last);
            Some(())
        }),
    },
    parts(
        "header-ancestor-withheld",
        &[43],
        Execution,
        "an older header, which BLOCKHASH asks for, is withheld",
        |o, p| {
            (p.headers.len() > 1).then_some(())?;
            p.headers.remove(0);
            // Recorders that list more headers than are asked for leave nothing to withhold.
            let status = super::native(&o.encode(p)).ok()?.status;
            (status != 0).then_some(())
        },
    ),
    parts("nodes-none", &[40], Early, "no trie node at all", |_, p| {
        p.nodes.clear();
        Some(())
    }),
    parts(
        "nodes-altered",
        &[40],
        Early,
        "every trie node has another last byte",
        |_, p| p.nodes.iter_mut().try_for_each(|node| flip_last(node)),
    ),
    parts(
        "node-root-withheld",
        &[40],
        Early,
        "the parent's state root node is withheld",
        |o, p| {
            let root = root_node(o)?;
            p.nodes.remove(root);
            Some(())
        },
    ),
    parts(
        "node-root-altered",
        &[40],
        Early,
        "the parent's state root node is altered",
        |o, p| {
            let root = root_node(o)?;
            flip_last(&mut p.nodes[root])
        },
    ),
    parts(
        "node-withheld",
        &[41],
        Execution,
        "a trie node that execution needs is withheld",
        |o, p| {
            let at = o.needed_node()?;
            p.nodes.remove(at);
            Some(())
        },
    ),
    parts(
        "node-altered",
        &[41],
        Execution,
        "a trie node that execution needs is altered",
        |o, p| {
            let at = o.needed_node()?;
            flip_last(&mut p.nodes[at])
        },
    ),
    parts(
        "node-truncated",
        &[41],
        Execution,
        "a trie node that execution needs is cut short",
        |o, p| {
            let at = o.needed_node()?;
            p.nodes[at].pop().map(|_| ())
        },
    ),
    parts(
        "node-replaced",
        &[41],
        Execution,
        "a trie node that execution needs is replaced by another",
        |o, p| {
            let at = o.needed_node()?;
            let other = p.nodes[(at + 1) % p.nodes.len()].clone();
            p.nodes[at] = other;
            Some(())
        },
    ),
    parts("codes-none", &[42], Execution, "no code at all", |o, p| {
        o.needed_code()?;
        p.codes.clear();
        Some(())
    }),
    parts(
        "codes-altered",
        &[42],
        Execution,
        "every code has another last byte",
        |o, p| {
            o.needed_code()?;
            p.codes.iter_mut().try_for_each(|code| flip_last(code))
        },
    ),
    parts(
        "code-withheld",
        &[42],
        Execution,
        "a code that runs is withheld",
        |o, p| {
            let at = o.needed_code()?;
            p.codes.remove(at);
            Some(())
        },
    ),
    parts(
        "code-altered",
        &[42],
        Execution,
        "one bit of a code that runs is altered",
        |o, p| {
            let at = o.needed_code()?;
            let middle = p.codes[at].len() / 2;
            *p.codes[at].get_mut(middle)? ^= 1;
            Some(())
        },
    ),
    parts(
        "code-extended",
        &[42],
        Execution,
        "a STOP follows a code that runs",
        |o, p| {
            let at = o.needed_code()?;
            p.codes[at].push(0);
            Some(())
        },
    ),
    parts(
        "code-forged",
        &[42],
        Execution,
        "a code that runs is replaced by another of its length",
        |o, p| {
            let at = o.needed_code()?;
            // JUMPDEST all over: valid code, but not the account's.
            p.codes[at].fill(0x5b);
            Some(())
        },
    ),
    // Guests that believe a hash of the host's are the precedent; where they look for it is theirs to choose.
    parts(
        "code-forged-hash-offered",
        &[42],
        Execution,
        "the same, with every code's former hash among the nodes",
        |o, p| {
            let at = o.needed_code()?;
            let crypto = PortableCrypto::default();
            let hashes = p.codes.iter().map(|code| crypto.keccak256(code).to_vec());
            p.nodes.extend(hashes.collect::<Vec<_>>());
            p.codes[at].fill(0x5b);
            Some(())
        },
    ),
];

fn flip_last(item: &mut [u8]) -> Option<()> {
    *item.last_mut()? ^= 1;
    Some(())
}

/// Position of the parent's state root node.
fn root_node(original: &Original) -> Option<usize> {
    let root = original.parent.state_root;
    let crypto = PortableCrypto::default();
    let Parts { nodes, .. } = &original.parts;
    nodes
        .iter()
        .position(|node| crypto.keccak256(node) == root.0)
}
