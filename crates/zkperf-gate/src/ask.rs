//! Asking guests: every block and every tampering of it, many at a time.

use crate::block::{tampered, BlockUnderTest};
use crate::error::GateError;
use crate::native::Native;
use crate::pool;
use crate::request::Progress;
use crate::tamper::Tampering;
use crate::validator::{Answer, Validator};
use std::borrow::Cow;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc;

/// A block, or a tampering of it, with what it was answered with.
pub(crate) struct Asked<'b> {
    pub(crate) block: &'b BlockUnderTest<'b>,
    pub(crate) tampering: Option<&'static Tampering>,
    /// What the unmodified code says, and each guest's answer; of a tampering, why this block has none of the kind.
    pub(crate) answers: Result<(Native, Vec<Answer>), String>,
}

/// A guest: its zkVM's name, and who answers.
type Guest<'g> = (&'g str, &'g dyn Validator);

/// What comes from a thread that asks.
enum Event {
    /// Guests begin on an input.
    Begins(String),
    /// So many runs are done with.
    Done(usize),
}

/// What the guests answer, in the order of the blocks. `done` runs came before.
///
/// # Errors
/// A guest that cannot be asked; the caller stops it.
pub(crate) fn ask_all<'b>(
    guests: &[Guest<'_>],
    blocks: &'b [BlockUnderTest<'b>],
    mut done: usize,
    cancel: &AtomicBool,
    progress: &mut dyn FnMut(Progress),
) -> Result<Vec<Asked<'b>>, GateError> {
    let questions: Vec<(&BlockUnderTest<'_>, Option<&'static Tampering>)> = blocks
        .iter()
        .flat_map(|block| {
            let tampered = block.tamperings.iter().map(move |&one| (block, Some(one)));
            std::iter::once((block, None)).chain(tampered)
        })
        .collect();
    let total = done + questions.len() * guests.len();
    let mut hear = |event| match event {
        Event::Begins(what) => progress(Progress { done, total, what }),
        Event::Done(runs) => done += runs,
    };
    pool::each(
        &questions,
        cancel,
        &mut hear,
        |&(block, tampering), tell| {
            let asked = ask(guests, block, tampering, cancel, tell);
            // The other end listens until the last thread is done.
            let _ = tell.send(Event::Done(guests.len()));
            asked
        },
    )
}

fn ask<'b>(
    guests: &[Guest<'_>],
    block: &'b BlockUnderTest<'b>,
    tampering: Option<&'static Tampering>,
    cancel: &AtomicBool,
    tell: &mpsc::Sender<Event>,
) -> Result<Asked<'b>, GateError> {
    let (input, native, what) = match tampering {
        None => (
            Cow::Borrowed(block.original.bytes()),
            block.native.clone(),
            block.name.clone(),
        ),
        Some(tampering) => match tampered(block, tampering) {
            Ok((input, native)) => {
                let what = format!("{}, {}", block.name, tampering.id);
                (Cow::Owned(input), native, what)
            }
            Err(reason) => {
                return Ok(Asked {
                    block,
                    tampering: Some(tampering),
                    answers: Err(reason),
                })
            }
        },
    };
    let zkvms: Vec<&str> = guests.iter().map(|(zkvm, _)| *zkvm).collect();
    let _ = tell.send(Event::Begins(format!("{}: {what}", zkvms.join(", "))));
    let mut answers = Vec::new();
    for (_, validator) in guests {
        if cancel.load(Ordering::Relaxed) {
            return Err(GateError::Cancelled);
        }
        answers.push(validator.answer(&validator.frame(&input), &what)?);
    }
    Ok(Asked {
        block,
        tampering,
        answers: Ok((native, answers)),
    })
}
