//! The gate itself: which checks are made, of which guest, on which input.

use crate::ask::{ask_all, Asked};
use crate::block::{blocks, tampered, BlockUnderTest};
use crate::error::GateError;
use crate::foreign::{self, MakeInput};
use crate::lint::lint;
use crate::native::Native;
use crate::report::{conclude, Check, CheckKind, GateReport, Skipped, SCHEMA};
use crate::request::{GateRequest, Progress, Subject};
use crate::tamper::Tampering;
use crate::validator::Answer;
use crate::words::{
    described, digest, is_output, mismatch, rejected, status, trimmed_hex, verdict,
};
use std::sync::atomic::{AtomicBool, Ordering};
use zkperf_block::Recorded;
use zkperf_guest_core::{Output, STATUS_VALID};

/// Runs the gate. No guest is believed: its answers are compared with what the unmodified code says natively, with the
/// baseline's, and with the reject codes that each tampering must bring about.
///
/// # Errors
/// [`GateError`] if the gate cannot do its work. A guest that fails is a [`GateReport`].
pub fn run_gate(
    request: &GateRequest<'_>,
    progress: &mut dyn FnMut(Progress),
) -> Result<GateReport, GateError> {
    if request.subjects.is_empty() {
        return Err(GateError::NoSubject);
    }
    let mut gate = Gate {
        progress,
        cancel: &request.cancel,
        done: 0,
        checks: Vec::new(),
        skipped: Vec::new(),
        not_gated: Vec::new(),
    };
    let blocks = blocks(request)?;
    for subject in &request.subjects {
        gate.own_inputs(subject)?;
    }
    let (foreign, others): (Vec<_>, Vec<_>) = request
        .subjects
        .iter()
        .partition(|subject| subject.input_command.is_some());
    let subjects = gate.those_that_read_blocks(&others, &blocks)?;
    for subject in foreign {
        gate.foreign(subject, &blocks)?;
    }
    if !subjects.is_empty() {
        let guests: Vec<_> = subjects
            .iter()
            .map(|subject| (subject.zkvm.as_str(), subject.validator.as_ref()))
            .collect();
        let done = gate.done;
        for asked in ask_all(&guests, &blocks, done, &request.cancel, gate.progress)? {
            match asked {
                Asked::Honest(block, answers) => gate.honest(block, &subjects, &answers),
                Asked::Tampered(block, tampering, wanted, answers) => {
                    let at = (block, tampering);
                    gate.must_reject(at, &wanted, &subjects, &answers);
                }
                Asked::Untried(block, tampering, reason) => gate.skip(block, tampering, reason),
            }
        }
    }
    let diff = request.diff.as_deref().unwrap_or_default();
    Ok(GateReport {
        schema: SCHEMA.to_owned(),
        outcome: conclude(&gate.checks, &gate.not_gated),
        checks: gate.checks,
        skipped: gate.skipped,
        lints: lint(diff, &request.acknowledged),
    })
}

/// The checks so far.
struct Gate<'p> {
    progress: &'p mut dyn FnMut(Progress),
    cancel: &'p AtomicBool,
    done: usize,
    checks: Vec<Check>,
    skipped: Vec<Skipped>,
    not_gated: Vec<String>,
}

impl Gate<'_> {
    fn answer(
        &mut self,
        subject: &Subject<'_>,
        framed: &[u8],
        what: String,
    ) -> Result<Answer, GateError> {
        self.begin(&subject.zkvm, &what)?;
        subject.validator.answer(framed, &what)
    }

    /// An input of a guest's own format, or why there is none. That the gate is stopped is no reason of the guest's.
    fn made(
        &self,
        command: &dyn MakeInput,
        recorded: &Recorded,
    ) -> Result<Result<Vec<u8>, String>, GateError> {
        let made = foreign::input(command, recorded)?;
        match self.cancel.load(Ordering::Relaxed) {
            true => Err(GateError::Cancelled),
            false => Ok(made),
        }
    }

    /// Says which run begins.
    fn begin(&mut self, zkvm: &str, what: &str) -> Result<(), GateError> {
        if self.cancel.load(Ordering::Relaxed) {
            return Err(GateError::Cancelled);
        }
        (self.progress)(Progress {
            done: self.done,
            // How many of a guest's own inputs can be made, only its command knows.
            total: self.done + 1,
            what: format!("{zkvm}: {what}"),
        });
        self.done += 1;
        Ok(())
    }

    fn check(
        &mut self,
        (kind, name): (CheckKind, &str),
        (subject, block): (&Subject<'_>, &str),
        expected: String,
        found: String,
        passed: bool,
    ) {
        self.checks.push(Check {
            name: name.to_owned(),
            kind,
            zkvm: subject.zkvm.clone(),
            subject: block.to_owned(),
            expected,
            found,
            passed,
        });
    }

    /// The public output on inputs of the guest's own format.
    fn own_inputs(&mut self, subject: &Subject<'_>) -> Result<(), GateError> {
        for own in &subject.own {
            let answer = self.answer(subject, &own.bytes, own.name.clone())?;
            self.public_output(subject, &own.name, &answer, &own.baseline);
        }
        Ok(())
    }

    fn public_output(
        &mut self,
        subject: &Subject<'_>,
        block: &str,
        answer: &Answer,
        wanted: &[u8],
    ) {
        let same = answer.stopped.is_none() && answer.output == wanted;
        self.check(
            (CheckKind::PublicOutput, "baseline"),
            (subject, block),
            format!("{} bytes {}", wanted.len(), digest(wanted)),
            described(answer),
            same,
        );
    }

    /// The guests that answer a block as the reference guest does; of the others it is noted why they are not gated.
    fn those_that_read_blocks<'r, 'a>(
        &mut self,
        subjects: &[&'r Subject<'a>],
        blocks: &[BlockUnderTest<'_>],
    ) -> Result<Vec<&'r Subject<'a>>, GateError> {
        let mut readers = Vec::new();
        for &subject in subjects {
            let Some(probe) = blocks.first() else {
                self.not_gated
                    .push(format!("{}: no block was given", subject.zkvm));
                continue;
            };
            let framed = subject.validator.frame(probe.original.bytes());
            let known = subject.is_reference || {
                let answer = self.answer(subject, &framed, probe.name.clone())?;
                Output::from_bytes(&answer.output).is_some()
            };
            if known {
                readers.push(subject);
                continue;
            }
            self.not_gated.push(format!(
                "{}: what the guest commits on {} is not laid out as the reference guest's output, so inputs cannot be \
                 made for it, nor its verdicts be read; whether it still rejects wrong blocks is not known (give its \
                 input command)",
                subject.zkvm, probe.name
            ));
        }
        Ok(readers)
    }

    /// A guest with an input command of its own, on the caller's recorded blocks.
    fn foreign(
        &mut self,
        subject: &Subject<'_>,
        blocks: &[BlockUnderTest<'_>],
    ) -> Result<(), GateError> {
        let Some(command) = subject.input_command.as_deref() else {
            return Ok(());
        };
        let mut rejected = 0;
        for block in blocks {
            let Some(recorded) = block.recorded else {
                continue;
            };
            let input = match self.made(command, recorded)? {
                Ok(input) => input,
                Err(reason) => {
                    let zkvm = &subject.zkvm;
                    self.not_gated
                        .push(format!("{zkvm}, {}: {reason}", block.name));
                    continue;
                }
            };
            let answer = self.answer(subject, &input, block.name.clone())?;
            let ended = answer.stopped.is_none();
            self.check(
                (CheckKind::HonestAccept, "block"),
                (subject, &block.name),
                "accepted".to_owned(),
                described(&answer),
                ended,
            );
            if let Some(wanted) = block.baseline.and_then(|by| by.get(&subject.zkvm)) {
                self.public_output(subject, &block.name, &answer, wanted);
            }
            for &tampering in &block.tamperings {
                rejected += self.foreign_reject(subject, command, (block, recorded), tampering)?;
            }
        }
        if rejected == 0 {
            self.not_gated.push(format!(
                "{}: no tampered block could be put through its input command (give recorded blocks)",
                subject.zkvm
            ));
        }
        Ok(())
    }

    /// The number of checks made: one or none.
    fn foreign_reject(
        &mut self,
        subject: &Subject<'_>,
        command: &dyn MakeInput,
        (block, recorded): (&BlockUnderTest<'_>, &Recorded),
        tampering: &Tampering,
    ) -> Result<usize, GateError> {
        // Whether it must be rejected at all is the unmodified code's to say.
        let wanted = tampered(block, tampering).map(|(_, native)| native);
        let changed = foreign::tampered(recorded, tampering, &block.original)
            .ok_or_else(|| "it is of the reference guest's own format".to_owned());
        let input = match (wanted, changed) {
            (Ok(_), Ok(changed)) => self.made(command, &changed)?,
            (Err(reason), _) | (_, Err(reason)) => Err(reason),
        };
        let input = match input {
            Ok(input) => input,
            Err(reason) => {
                self.skip(block, tampering, reason);
                return Ok(0);
            }
        };
        let what = format!("{}, {}", block.name, tampering.id);
        let answer = self.answer(subject, &input, what)?;
        self.check(
            (CheckKind::MustReject, tampering.id),
            (subject, &block.name),
            "an end with an error".to_owned(),
            described(&answer),
            answer.stopped.is_some(),
        );
        Ok(1)
    }

    fn skip(&mut self, block: &BlockUnderTest<'_>, tampering: &Tampering, reason: String) {
        self.skipped.push(Skipped {
            name: tampering.id.to_owned(),
            subject: block.name.clone(),
            reason,
        });
    }

    /// An honest block is accepted, with the output that it has natively and had before.
    fn honest(
        &mut self,
        block: &BlockUnderTest<'_>,
        subjects: &[&Subject<'_>],
        answers: &[Answer],
    ) {
        let native = &block.native;
        for (subject, answer) in subjects.iter().zip(answers) {
            let at = (*subject, block.name.as_str());
            let agrees = answer.stopped.is_none() && is_output(&answer.output, &native.output);
            if let Some(operation) = block.operation {
                let expected = format!("accepted, {}", digest(&native.output));
                let found = verdict(answer);
                self.check((CheckKind::Parity, operation), at, expected, found, agrees);
                continue;
            }
            self.check(
                (CheckKind::HonestAccept, "block"),
                at,
                "accepted".to_owned(),
                verdict(answer),
                status(answer) == Some(STATUS_VALID),
            );
            self.check(
                (CheckKind::NativeAgreement, "output"),
                at,
                hex::encode(native.output),
                trimmed_hex(answer),
                agrees,
            );
            let baseline = block.baseline.and_then(|by| by.get(&subject.zkvm));
            if let Some(wanted) = baseline {
                self.public_output(subject, &block.name, answer, wanted);
            }
        }
    }

    /// A tampering of the block is rejected, for the reason for which the unmodified code rejects it.
    fn must_reject(
        &mut self,
        (block, tampering): (&BlockUnderTest<'_>, &Tampering),
        wanted: &Native,
        subjects: &[&Subject<'_>],
        answers: &[Answer],
    ) {
        for (subject, answer) in subjects.iter().zip(answers) {
            let right = status(answer) == Some(wanted.status);
            self.check(
                (CheckKind::MustReject, tampering.id),
                (subject, &block.name),
                rejected(wanted),
                match right {
                    true => mismatch(answer, wanted),
                    false => verdict(answer),
                },
                right && is_output(&answer.output, &wanted.output),
            );
        }
    }
}
