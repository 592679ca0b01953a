//! Blocks whose transactions or withdrawals are not what they were; where the header is mended to agree, only
//! executing the block can tell.

use super::{mend_transactions_root, parts, with_block, Original, Parts, Reach, Tampering};
use ethrex_common::types::{
    compute_withdrawals_root, Block, PrivilegedL2Transaction, Transaction, Withdrawal,
};
use ethrex_common::U256;
use zkperf_guest_core::PortableCrypto;
use Reach::{Early, Execution};

/// Order of secp256k1's group.
const GROUP_ORDER: U256 = U256([
    0xbfd2_5e8c_d036_4141,
    0xbaae_dce6_af48_a03b,
    0xffff_ffff_ffff_fffe,
    0xffff_ffff_ffff_ffff,
]);

pub(super) const LIST: &[Tampering] = &[
    parts(
        "transactions-swapped",
        &[31],
        Early,
        "two transactions changed places",
        |o, p| {
            with_block(o, p, |block| {
                let transactions = &mut block.body.transactions;
                let last = transactions.len().checked_sub(1).filter(|last| *last > 0)?;
                transactions.swap(0, last);
                Some(())
            })
        },
    ),
    parts(
        "transaction-dropped",
        &[31],
        Early,
        "the last transaction is missing",
        |o, p| with_block(o, p, |block| block.body.transactions.pop().map(|_| ())),
    ),
    parts("ommer", &[33], Early, "has an ommer", |o, p| {
        let parent = o.parent.clone();
        with_block(o, p, |block| {
            block.body.ommers.push(parent);
            Some(())
        })
    }),
    parts(
        "layer-2-transaction",
        &[12],
        Early,
        "holds an unsigned transaction of ethrex's layer 2",
        |o, p| {
            mended(o, p, |block| {
                let forged = PrivilegedL2Transaction::default();
                let forged = Transaction::PrivilegedL2Transaction(forged);
                block.body.transactions.push(forged);
                Some(())
            })
        },
    ),
    parts(
        "withdrawal-dropped",
        &[32],
        Early,
        "a withdrawal is missing",
        |o, p| with_block(o, p, |block| withdrawals(block)?.pop().map(|_| ())),
    ),
    parts(
        "transaction-dropped-mended",
        &[60],
        Execution,
        "the last transaction is missing, and the root agrees",
        |o, p| mended(o, p, |block| block.body.transactions.pop().map(|_| ())),
    ),
    parts(
        "transaction-twice-mended",
        &[50],
        Execution,
        "the first transaction is there twice, and the root agrees",
        |o, p| {
            mended(o, p, |block| {
                let first = block.body.transactions.first()?.clone();
                block.body.transactions.push(first);
                Some(())
            })
        },
    ),
    // Any other signature is somebody's; the witness need not have the account.
    parts(
        "signature-altered",
        &[41, 50],
        Execution,
        "a signature has another s, and the root agrees",
        |o, p| signature(o, p, |s, parity| (s - 1, parity)),
    ),
    parts(
        "signature-malleated",
        &[50],
        Execution,
        "a signature is the other one of the same key (EIP-2), and the root agrees",
        |o, p| signature(o, p, |s, parity| (GROUP_ORDER - s, U256::one() - parity)),
    ),
    parts(
        "signature-zero",
        &[50],
        Execution,
        "a signature has s = 0, and the root agrees",
        |o, p| signature(o, p, |_, parity| (U256::zero(), parity)),
    ),
    parts(
        "value-altered",
        &[41, 50],
        Execution,
        "a signed transaction sends one wei more, and the root agrees",
        |o, p| {
            mended(o, p, |block| {
                let at = signed(o, block)?;
                let transaction = &mut block.body.transactions[at];
                *value(transaction)? += U256::one();
                forget(transaction);
                Some(())
            })
        },
    ),
    parts(
        "withdrawal-raised-mended",
        &[65],
        Execution,
        "a withdrawal pays one gwei more, and the root agrees",
        |o, p| withdrawals_mended(o, p, |all| all.last_mut().map(|last| last.amount += 1)),
    ),
    parts(
        "withdrawal-dropped-mended",
        &[65],
        Execution,
        "a withdrawal is missing, and the root agrees",
        |o, p| {
            (o.block.body.withdrawals.as_ref()?.last()?.amount > 0).then_some(())?;
            withdrawals_mended(o, p, |all| all.pop().map(|_| ()))
        },
    ),
];

/// Changes the transactions and has the header agree.
fn mended(
    original: &Original,
    parts: &mut Parts,
    change: impl FnOnce(&mut Block) -> Option<()>,
) -> Option<()> {
    with_block(original, parts, |block| {
        change(block)?;
        mend_transactions_root(block);
        Some(())
    })
}

fn withdrawals(block: &mut Block) -> Option<&mut Vec<Withdrawal>> {
    block.body.withdrawals.as_mut()
}

fn withdrawals_mended(
    original: &Original,
    parts: &mut Parts,
    change: impl FnOnce(&mut Vec<Withdrawal>) -> Option<()>,
) -> Option<()> {
    with_block(original, parts, |block| {
        change(withdrawals(block)?)?;
        let root = compute_withdrawals_root(withdrawals(block)?, &PortableCrypto::default());
        block.header.withdrawals_root = Some(root);
        Some(())
    })
}

/// Replaces s and parity of one transaction's signature, given both.
fn signature(
    original: &Original,
    parts: &mut Parts,
    forge: impl FnOnce(U256, U256) -> (U256, U256),
) -> Option<()> {
    mended(original, parts, |block| {
        let at = signed(original, block)?;
        let transaction = &mut block.body.transactions[at];
        match transaction {
            Transaction::EIP2930Transaction(tx) => {
                (tx.signature_s, tx.signature_y_parity) =
                    forge(tx.signature_s, tx.signature_y_parity);
            }
            Transaction::EIP1559Transaction(tx) => {
                (tx.signature_s, tx.signature_y_parity) =
                    forge(tx.signature_s, tx.signature_y_parity);
            }
            _ => return None,
        }
        forget(transaction);
        Some(())
    })
}

/// Has a changed transaction be encoded and hashed anew: it keeps what it was decoded from.
fn forget(transaction: &mut Transaction) {
    match transaction {
        Transaction::EIP2930Transaction(tx) => {
            (tx.inner_hash, tx.sender_cache, tx.cached_canonical) = Default::default();
        }
        Transaction::EIP1559Transaction(tx) => {
            (tx.inner_hash, tx.sender_cache, tx.cached_canonical) = Default::default();
        }
        _ => {}
    }
}

/// Position of a transaction whose signature says its parity by itself, chosen by the input.
fn signed(original: &Original, block: &Block) -> Option<usize> {
    let transactions = &block.body.transactions;
    let order = original.order("signature", transactions.len());
    order.into_iter().find(|&at| {
        matches!(
            transactions[at],
            Transaction::EIP2930Transaction(_) | Transaction::EIP1559Transaction(_)
        )
    })
}

fn value(transaction: &mut Transaction) -> Option<&mut U256> {
    match transaction {
        Transaction::EIP2930Transaction(tx) => Some(&mut tx.value),
        Transaction::EIP1559Transaction(tx) => Some(&mut tx.value),
        _ => None,
    }
}
