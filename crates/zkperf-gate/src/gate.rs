//! The gate itself: which checks are made, of which guest, on which input.

use crate::error::GateError;
use crate::foreign::{self, InputCommand};
use crate::lint::{lint, Acknowledgement};
use crate::native::{native, Native};
use crate::report::{conclude, Check, CheckKind, GateReport, Skipped, SCHEMA};
use crate::suite::{self, Suite};
use crate::tamper::{tamperings, Original, Reach, Tampering};
use crate::validator::{Answer, Validator};
use std::collections::BTreeMap;
use zkperf_block::Recorded;
use zkperf_guest_core::{Output, STATUS_VALID};

/// Tamperings that take a run each and are tried on every block all the same: one of each thing a guest may forget.
const SAMPLE: &[&str] = &[
    "state-root",
    "receipts-root",
    "gas-used-more",
    "signature-altered",
    "node-withheld",
    "code-forged",
];

/// What is to be checked.
pub struct GateRequest<'a> {
    /// The guests, one for each zkVM.
    pub subjects: Vec<Subject<'a>>,
    /// Honest blocks beside the built-in ones.
    pub inputs: Vec<HonestInput>,
    /// How much is tried on them.
    pub thoroughness: Thoroughness,
    /// Whether the built-in blocks are left out: then the first of `inputs` takes the whole list.
    pub skip_suites: bool,
    /// A unified diff of the guest's sources, for the lints.
    pub diff: Option<String>,
    /// Lints that were looked at, with the reason why they are fine.
    pub acknowledged: Vec<Acknowledgement>,
}

/// A guest to be checked.
pub struct Subject<'a> {
    /// zkVM and version, or `native`.
    pub zkvm: String,
    /// Answers inputs.
    pub validator: Box<dyn Validator + 'a>,
    /// Whether it is known to be a build of the reference guest (changed or not). `false`: what it commits on a block
    /// decides, and a guest that commits something else is not gated. `true`: then that is a failure.
    pub is_reference: bool,
    /// Inputs in a format of its own, whose public output must stay what it was.
    pub own: Vec<OwnInput>,
    /// How its inputs are made, if it reads another format than the reference guest's. Such a guest must end with an
    /// error on what it rejects: its output cannot be read.
    pub input_command: Option<InputCommand>,
}

/// An input in whatever format a guest reads.
pub struct OwnInput {
    /// What it is called.
    pub name: String,
    /// The file's content, framed as the guest wants it.
    pub bytes: Vec<u8>,
    /// The baseline's public output on it.
    pub baseline: Vec<u8>,
}

/// An honest input of the reference guest.
pub struct HonestInput {
    /// What it is called, such as `mainnet 24628607`.
    pub name: String,
    /// The input, without framing.
    pub bytes: Vec<u8>,
    /// The baseline's public output by zkVM and version, where there is one.
    pub baseline: BTreeMap<String, Vec<u8>>,
    /// What it was made of, for guests with an input command.
    pub recorded: Option<Recorded>,
}

/// How much is tried on the caller's blocks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Thoroughness {
    /// What stops early, and a sample of what takes a whole run.
    #[default]
    Sample,
    /// Everything.
    All,
}

/// How far the gate has come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Progress {
    /// Runs made.
    pub done: usize,
    /// Runs there are to make, as far as is known.
    pub total: usize,
    /// What runs next.
    pub what: String,
}

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
        done: 0,
        total: 0,
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
        gate.total = gate.done + runs(&blocks) * subjects.len();
        for block in &blocks {
            gate.honest(block, &subjects)?;
            gate.must_reject(block, &subjects)?;
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

/// A block with what is known of it.
struct BlockUnderTest<'a> {
    name: String,
    original: Original,
    native: Native,
    baseline: Option<&'a BTreeMap<String, Vec<u8>>>,
    recorded: Option<&'a Recorded>,
    /// The operation whose edge cases it runs.
    operation: Option<&'static str>,
    tamperings: Vec<&'static Tampering>,
}

fn blocks<'a>(request: &'a GateRequest<'_>) -> Result<Vec<BlockUnderTest<'a>>, GateError> {
    let mut blocks = Vec::new();
    let suites: Vec<&Suite> = match request.skip_suites {
        true => Vec::new(),
        false => suite::all().collect(),
    };
    for suite in suites {
        let mut block = BlockUnderTest::new(suite.name, suite.input()?)?;
        block.operation = suite.operation;
        if suite.operation.is_none() {
            block.tamperings = tamperings().collect();
        }
        blocks.push(block);
    }
    for (index, input) in request.inputs.iter().enumerate() {
        let mut block = BlockUnderTest::new(&input.name, input.bytes.clone())?;
        block.baseline = Some(&input.baseline);
        block.recorded = input.recorded.as_ref();
        let all = request.thoroughness == Thoroughness::All || (request.skip_suites && index == 0);
        let wanted = |tampering: &&Tampering| {
            all || tampering.reach == Reach::Early || SAMPLE.contains(&tampering.id)
        };
        block.tamperings = tamperings().filter(wanted).collect();
        blocks.push(block);
    }
    Ok(blocks)
}

fn runs(blocks: &[BlockUnderTest<'_>]) -> usize {
    blocks.iter().map(|block| 1 + block.tamperings.len()).sum()
}

impl<'a> BlockUnderTest<'a> {
    fn new(name: &str, bytes: Vec<u8>) -> Result<Self, GateError> {
        let original = Original::new(name, bytes)?;
        let dishonest = |cause| GateError::Dishonest {
            name: name.to_owned(),
            cause,
        };
        let native = native(original.bytes()).map_err(dishonest)?;
        if let Some(cause) = &native.reason {
            return Err(dishonest(cause.clone()));
        }
        Ok(Self {
            name: name.to_owned(),
            original,
            native,
            baseline: None,
            recorded: None,
            operation: None,
            tamperings: Vec::new(),
        })
    }
}

/// The checks so far.
struct Gate<'p> {
    progress: &'p mut dyn FnMut(Progress),
    done: usize,
    total: usize,
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
        (self.progress)(Progress {
            done: self.done,
            total: self.total,
            what: format!("{}: {what}", subject.zkvm),
        });
        let answer = subject.validator.answer(framed, &what);
        self.done += 1;
        answer
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
        let Some(command) = &subject.input_command else {
            return Ok(());
        };
        let mut rejected = 0;
        for block in blocks {
            let Some(recorded) = block.recorded else {
                continue;
            };
            let input = match command.input(recorded)? {
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
        command: &InputCommand,
        (block, recorded): (&BlockUnderTest<'_>, &Recorded),
        tampering: &Tampering,
    ) -> Result<usize, GateError> {
        // Whether it must be rejected at all is the unmodified code's to say.
        let wanted = tampered(block, tampering).map(|(_, native)| native);
        let changed = foreign::tampered(recorded, tampering, &block.original)
            .ok_or_else(|| "it is of the reference guest's own format".to_owned());
        let input = match (wanted, changed) {
            (Ok(_), Ok(changed)) => command.input(&changed)?,
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
    ) -> Result<(), GateError> {
        for subject in subjects {
            let framed = subject.validator.frame(block.original.bytes());
            let answer = self.answer(subject, &framed, block.name.clone())?;
            let status = status(&answer);
            let at = (*subject, block.name.as_str());
            let agrees =
                answer.stopped.is_none() && is_output(&answer.output, &block.native.output);
            if let Some(operation) = block.operation {
                let expected = format!("accepted, {}", digest(&block.native.output));
                let found = verdict(&answer);
                self.check((CheckKind::Parity, operation), at, expected, found, agrees);
                continue;
            }
            self.check(
                (CheckKind::HonestAccept, "block"),
                at,
                "accepted".to_owned(),
                verdict(&answer),
                status == Some(STATUS_VALID),
            );
            self.check(
                (CheckKind::NativeAgreement, "output"),
                at,
                hex::encode(block.native.output),
                trimmed_hex(&answer),
                agrees,
            );
            let baseline = block.baseline.and_then(|by| by.get(&subject.zkvm));
            if let Some(wanted) = baseline {
                self.public_output(subject, &block.name, &answer, wanted);
            }
        }
        Ok(())
    }

    /// Every tampering of the block is rejected, for the reason for which the unmodified code rejects it.
    fn must_reject(
        &mut self,
        block: &BlockUnderTest<'_>,
        subjects: &[&Subject<'_>],
    ) -> Result<(), GateError> {
        for &tampering in &block.tamperings {
            let (input, wanted) = match tampered(block, tampering) {
                Ok(made) => made,
                Err(reason) => {
                    self.total = self.total.saturating_sub(subjects.len());
                    self.skip(block, tampering, reason);
                    continue;
                }
            };
            for subject in subjects {
                let framed = subject.validator.frame(&input);
                let what = format!("{}, {}", block.name, tampering.id);
                let answer = self.answer(subject, &framed, what)?;
                let right = status(&answer) == Some(wanted.status);
                self.check(
                    (CheckKind::MustReject, tampering.id),
                    (subject, &block.name),
                    rejected(&wanted),
                    match right {
                        true => mismatch(&answer, &wanted),
                        false => verdict(&answer),
                    },
                    right && is_output(&answer.output, &wanted.output),
                );
            }
        }
        Ok(())
    }
}

/// A tampered input and what the unmodified code makes of it; the error says why there is none.
fn tampered(
    block: &BlockUnderTest<'_>,
    tampering: &Tampering,
) -> Result<(Vec<u8>, Native), String> {
    let nothing = || "this block has nothing of the kind".to_owned();
    let input = tampering.input(&block.original).ok_or_else(nothing)?;
    let native = native(&input)?;
    match native.status == STATUS_VALID {
        true => Err("it changes nothing that this block commits to".to_owned()),
        false => Ok((input, native)),
    }
}

/// What the guest published, if it ran to its end.
fn status(answer: &Answer) -> Option<u32> {
    let ended = answer.stopped.is_none();
    let output = Output::from_bytes(&answer.output).filter(|_| ended)?;
    Some(output.status)
}

/// Whether `found` is `wanted`; a zkVM's output area may be larger, and is zero then.
fn is_output(found: &[u8], wanted: &[u8]) -> bool {
    found
        .split_at_checked(wanted.len())
        .is_some_and(|(output, rest)| output == wanted && rest.iter().all(|byte| *byte == 0))
}

fn rejected(native: &Native) -> String {
    let reason = native.reason.as_deref().unwrap_or_default();
    format!("rejected with code {}: {reason}", native.status)
}

/// The right code may still come with another output.
fn mismatch(answer: &Answer, wanted: &Native) -> String {
    match is_output(&answer.output, &wanted.output) {
        true => format!("rejected with code {}", wanted.status),
        false => format!(
            "rejected with code {}, but its output is {} and not {}",
            wanted.status,
            trimmed_hex(answer),
            hex::encode(wanted.output)
        ),
    }
}

fn verdict(answer: &Answer) -> String {
    match (&answer.stopped, Output::from_bytes(&answer.output)) {
        (Some(stopped), _) => format!("no verdict: {stopped}"),
        (None, None) => format!(
            "an output that is no verdict ({} bytes {})",
            answer.output.len(),
            digest(&answer.output)
        ),
        (None, Some(output)) if output.is_valid() => {
            format!("accepted, {}", digest(&output.to_bytes()))
        }
        (None, Some(output)) => format!("rejected with code {}", output.status),
    }
}

fn described(answer: &Answer) -> String {
    match &answer.stopped {
        Some(stopped) => format!("no output: {stopped}"),
        None => format!("{} bytes {}", answer.output.len(), digest(&answer.output)),
    }
}

/// The output as far as the reference guest's reaches.
fn trimmed_hex(answer: &Answer) -> String {
    match &answer.stopped {
        Some(stopped) => format!("no output: {stopped}"),
        None => {
            let length = answer.output.len().min(zkperf_guest_core::OUTPUT_BYTES);
            hex::encode(&answer.output[..length])
        }
    }
}

/// The first eight bytes of a SHA-256.
fn digest(bytes: &[u8]) -> String {
    use sha2::{Digest, Sha256};
    format!("sha256 {}…", hex::encode(&Sha256::digest(bytes)[..8]))
}
