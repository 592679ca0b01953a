//! Asking guests: every block and every tampering of it, many at a time.

use crate::block::{tampered, BlockUnderTest};
use crate::error::GateError;
use crate::native::Native;
use crate::pool;
use crate::request::Progress;
use crate::tamper::Tampering;
use crate::validator::{Answer, Validator};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc;

/// What was asked, and each guest's answer.
pub(crate) enum Asked<'b> {
    /// A block as it is.
    Honest(&'b BlockUnderTest<'b>, Vec<Answer>),
    /// A tampering of it, with what the unmodified code says.
    Tampered(
        &'b BlockUnderTest<'b>,
        &'static Tampering,
        Native,
        Vec<Answer>,
    ),
    /// A tampering of which this block has nothing of the kind, and why.
    Untried(&'b BlockUnderTest<'b>, &'static Tampering, String),
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
    let Some(tampering) = tampering else {
        let answers = answers(guests, block.original.bytes(), &block.name, cancel, tell)?;
        return Ok(Asked::Honest(block, answers));
    };
    let (input, native) = match tampered(block, tampering) {
        Ok(made) => made,
        Err(reason) => return Ok(Asked::Untried(block, tampering, reason)),
    };
    let what = format!("{}, {}", block.name, tampering.id);
    let answers = answers(guests, &input, &what, cancel, tell)?;
    Ok(Asked::Tampered(block, tampering, native, answers))
}

/// The guests' answers on one input, one after the other; it stands without framing.
fn answers(
    guests: &[Guest<'_>],
    input: &[u8],
    what: &str,
    cancel: &AtomicBool,
    tell: &mpsc::Sender<Event>,
) -> Result<Vec<Answer>, GateError> {
    let zkvms: Vec<&str> = guests.iter().map(|(zkvm, _)| *zkvm).collect();
    let _ = tell.send(Event::Begins(format!("{}: {what}", zkvms.join(", "))));
    let answer = |(_, validator): &Guest<'_>| match cancel.load(Ordering::Relaxed) {
        true => Err(GateError::Cancelled),
        false => validator.answer(&validator.frame(input), what),
    };
    guests.iter().map(answer).collect()
}
