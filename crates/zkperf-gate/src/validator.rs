//! Whatever answers an input with a public output: a guest on a zkVM, or a program on this machine.

use crate::error::GateError;
use std::io::{Read, Write};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::Arc;
use zkperf_block::InputFormat;
use zkperf_exec::{Control, ExecError, GuestInput, Program};

/// What an input was answered with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// The public output, as far as it was committed.
    pub output: Vec<u8>,
    /// Why the run stopped early, if it did.
    pub stopped: Option<String>,
}

/// Answers inputs.
pub trait Validator: Sync {
    /// Answers an input that stands framed as this validator wants it.
    ///
    /// # Errors
    /// It could not be asked. A run that stops early is an answer.
    fn answer(&self, input: &[u8], name: &str) -> Result<Answer, GateError>;

    /// Puts the framing around the reference guest's one buffer.
    fn frame(&self, input: &[u8]) -> Vec<u8>;
}

/// A guest on a zkVM.
pub struct Guest<'a> {
    /// Name for errors.
    pub label: String,
    /// The decoded guest.
    pub program: &'a dyn Program,
    /// How its zkVM frames a buffer.
    pub format: Option<InputFormat>,
    /// The step limit; `None` is the zkVM's own.
    pub max_steps: Option<u64>,
    /// Set to stop.
    pub cancel: Arc<AtomicBool>,
}

impl Validator for Guest<'_> {
    fn answer(&self, input: &[u8], name: &str) -> Result<Answer, GateError> {
        let input = GuestInput {
            buffers: vec![input.to_vec()],
            ..GuestInput::default()
        };
        let mut control = Control {
            cancel: self.cancel.clone(),
            ..Control::default()
        };
        if let Some(limit) = self.max_steps {
            control.max_steps = limit;
        }
        let run = self.program.run(&input, &mut control);
        if self.cancel.load(Ordering::Relaxed) {
            return Err(GateError::Cancelled);
        }
        match run {
            Ok(outcome) => Ok(Answer {
                output: outcome.output,
                stopped: outcome.fault.map(|fault| fault.to_string()),
            }),
            // An input that the zkVM itself refuses (an empty one, for some) is not accepted by the guest either.
            Err(ExecError::Input(cause)) => Ok(Answer {
                output: Vec::new(),
                stopped: Some(format!("the zkVM refuses the input: {cause}")),
            }),
            Err(source) => Err(GateError::Run {
                subject: self.label.clone(),
                input: name.to_owned(),
                source,
            }),
        }
    }

    fn frame(&self, input: &[u8]) -> Vec<u8> {
        self.format
            .map_or_else(|| input.to_vec(), |format| format.frame(input))
    }
}

/// A program on this machine that reads an input (without framing) on stdin and writes its public output to stdout.
pub struct Process {
    /// The program and its arguments.
    pub command: Vec<String>,
}

impl Validator for Process {
    fn answer(&self, input: &[u8], _name: &str) -> Result<Answer, GateError> {
        let failed = |cause| GateError::Process {
            command: self.command.join(" "),
            cause,
        };
        let (program, arguments) = self
            .command
            .split_first()
            .ok_or_else(|| failed(std::io::Error::other("no command was given")))?;
        let mut child = Command::new(program)
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .map_err(failed)?;
        let (stdin, stdout) = (child.stdin.take(), child.stdout.take());
        let mut output = Vec::new();
        std::thread::scope(|scope| {
            scope.spawn(move || {
                // A validator that has seen enough closes its end: its answer counts, not that it did not read on.
                let _ = stdin.map(|mut stdin| stdin.write_all(input));
            });
            stdout.map_or(Ok(0), |mut stdout| stdout.read_to_end(&mut output))
        })
        .map_err(failed)?;
        let status = child.wait().map_err(failed)?;
        Ok(Answer {
            output,
            stopped: (!status.success()).then(|| format!("it ended with {status}")),
        })
    }

    fn frame(&self, input: &[u8]) -> Vec<u8> {
        input.to_vec()
    }
}
