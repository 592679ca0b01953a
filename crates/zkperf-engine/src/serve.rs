//! The engine's side.

use crate::wire::{self, Answer, Ask, Hello, OutcomeAnswer, RunAsk, PROTOCOL};
use std::cell::RefCell;
use std::io::{self, BufReader, BufWriter, Write};
use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{channel, Receiver};
use std::sync::Arc;
use zkperf_exec::{
    Control, ExecError, GuestInput, Outcome, Program, RunRequest, ShardLimits, Zkvm,
};
use zkperf_profile::Profile;

/// A question other than [`Ask::Cancel`], with its blobs.
type Question = (Ask, Vec<Vec<u8>>);

/// Answers zkperf's questions until it hangs up: the whole `main` of an engine executable.
pub fn serve(zkvm: &dyn Zkvm) -> ExitCode {
    if std::env::args_os().len() > 1 || io::IsTerminal::is_terminal(&io::stdin()) {
        eprintln!(
            "This is zkperf's engine for {} {}. zkperf starts it by itself, where it finds it beside its own \
             executable, in PATH or in the folder that ZKPERF_ENGINES names.",
            zkvm.name(),
            zkvm.version()
        );
        return ExitCode::from(2);
    }
    let cancel = Arc::new(AtomicBool::new(false));
    let questions = listen(cancel.clone());
    let mut engine = Engine {
        zkvm,
        program: None,
        cancel,
        out: RefCell::new(BufWriter::new(io::stdout())),
    };
    for question in questions {
        if let Err(error) = engine.answer(question) {
            // zkperf is gone, and nobody is left to read this but a log
            eprintln!("zkperf's engine: {error}");
            return ExitCode::FAILURE;
        }
    }
    ExitCode::SUCCESS
}

/// Reads questions on a thread of its own, so that a run can be cancelled while it goes on.
fn listen(cancel: Arc<AtomicBool>) -> Receiver<Question> {
    let (sender, receiver) = channel();
    std::thread::spawn(move || {
        let mut from = BufReader::new(io::stdin());
        while let Ok(Some((ask, blobs))) = wire::receive::<Ask>(&mut from) {
            // In the order in which they were sent, so that no wish is lost and none is left over.
            match ask {
                Ask::Cancel => cancel.store(true, Ordering::Relaxed),
                Ask::Run(_) => cancel.store(false, Ordering::Relaxed),
                _ => {}
            }
            if !matches!(ask, Ask::Cancel) && sender.send((ask, blobs)).is_err() {
                break;
            }
        }
        cancel.store(true, Ordering::Relaxed);
    });
    receiver
}

struct Engine<'a> {
    zkvm: &'a dyn Zkvm,
    program: Option<Box<dyn Program>>,
    cancel: Arc<AtomicBool>,
    /// Progress, guest output and the answer are written from different places of a run.
    out: RefCell<BufWriter<io::Stdout>>,
}

impl Engine<'_> {
    fn send(&self, answer: &Answer, blobs: &[&[u8]]) -> io::Result<()> {
        wire::send(&mut *self.out.borrow_mut(), answer, blobs)
    }

    fn answer(&mut self, (ask, mut blobs): Question) -> io::Result<()> {
        match ask {
            Ask::Hello => self.send(&Answer::Hello(self.hello()), &[]),
            Ask::Load => {
                let elf = blobs.pop().unwrap_or_default();
                self.load(&elf)
            }
            Ask::Run(run) => self.run(*run, blobs),
            Ask::StatsText => {
                let file = blobs.pop().unwrap_or_default();
                self.stats_text(&file)
            }
            Ask::Cancel => Ok(()),
        }
    }

    fn hello(&self) -> Hello {
        Hello {
            protocol: PROTOCOL,
            name: self.zkvm.name().into(),
            version: self.zkvm.version().into(),
            time_unit: self.zkvm.time_unit().into(),
            has_segments: self.zkvm.has_segments(),
            cost_model: self.zkvm.cost_model(),
        }
    }

    fn load(&mut self, elf: &[u8]) -> io::Result<()> {
        match self.zkvm.load(elf) {
            Ok(program) => {
                let notes = program.notes().to_vec();
                self.program = Some(program);
                self.send(&Answer::Loaded { notes }, &[])
            }
            Err(error) => self.send(&Answer::Refused(error.to_string()), &[]),
        }
    }

    fn stats_text(&self, file: &[u8]) -> io::Result<()> {
        match Profile::from_bytes(file) {
            Ok(profile) => {
                let text = self.zkvm.stats_text(&profile);
                self.send(&Answer::Text, &[text.as_bytes()])
            }
            Err(error) => self.send(&Answer::Failed(ExecError::Internal(error.to_string())), &[]),
        }
    }

    fn run(&self, ask: RunAsk, mut blobs: Vec<Vec<u8>>) -> io::Result<()> {
        let Some(program) = &self.program else {
            let failed = ExecError::Internal("no guest was loaded".into());
            return self.send(&Answer::Failed(failed), &[]);
        };
        let stdin = if ask.has_stdin { blobs.pop() } else { None };
        let input = GuestInput {
            buffers: blobs,
            stdin,
            args: ask.args,
            env: ask.env,
        };
        // A broken pipe here shows again when the outcome is sent.
        let tell = |answer: Answer, blobs: &[&[u8]]| drop(self.send(&answer, blobs));
        let mut control = Control {
            max_steps: ask.max_steps,
            segment_po2: ask.segment_po2,
            chunk_entries: ask.chunk_entries,
            shard_limits: ask.shard_limits.map(|[area, height, entries]| ShardLimits {
                area,
                height,
                entries,
            }),
            cancel: self.cancel.clone(),
            progress: Some(Box::new(|progress| {
                tell(Answer::Progress(progress.steps), &[])
            })),
            stdout: Some(Box::new(|bytes| tell(Answer::Print, &[bytes]))),
        };
        let ended = if ask.profile {
            let request = RunRequest {
                input,
                run: ask.run,
                probes: ask.probes,
            };
            program.profile(request, &mut control)
        } else {
            program.run(&input, &mut control)
        };
        drop(control);
        match ended {
            Ok(outcome) => self.send_outcome(outcome),
            Err(error) => self.send(&Answer::Failed(error), &[]),
        }
    }

    fn send_outcome(&self, outcome: Outcome) -> io::Result<()> {
        let file = match outcome.profile.as_ref().map(Profile::to_bytes).transpose() {
            Ok(file) => file,
            Err(error) => {
                let failed = ExecError::Internal(error.to_string());
                return self.send(&Answer::Failed(failed), &[]);
            }
        };
        let answer = Answer::Outcome(OutcomeAnswer {
            steps: outcome.steps,
            touched_bytes: outcome.touched_bytes,
            loader_peak_bytes: outcome.loader_peak_bytes,
            fault: outcome.fault,
        });
        let mut blobs: Vec<&[u8]> = vec![&outcome.output];
        blobs.extend(file.as_deref());
        self.send(&answer, &blobs)?;
        self.out.borrow_mut().flush()
    }
}
