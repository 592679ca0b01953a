//! The smallest engine: a zkVM that counts. `tests/remote.rs` talks to it, and it shows all that an
//! engine executable needs.

use std::process::ExitCode;
use zkperf_exec::{
    Control, ExecError, Fault, GuestInput, Interrupt, LoadError, Outcome, Program, RunRequest, Zkvm,
};
use zkperf_profile::{example, CostModel, Profile};

struct Toy;

/// A guest is the word `toy`; it echoes its input and counts until it is stopped, or to the number in
/// its first argument.
struct Counter;

impl Zkvm for Toy {
    fn name(&self) -> &'static str {
        "toy"
    }

    fn version(&self) -> &'static str {
        "1.0.0"
    }

    fn time_unit(&self) -> &'static str {
        "steps"
    }

    fn cost_model(&self) -> CostModel {
        CostModel {
            name: "toy".into(),
            ..CostModel::default()
        }
    }

    fn load(&self, elf: &[u8]) -> Result<Box<dyn Program>, LoadError> {
        match elf {
            b"toy" => Ok(Box::new(Counter)),
            b"crash" => std::process::exit(3),
            _ => Err(LoadError::NotAnElf("it is no toy".into())),
        }
    }

    fn stats_text(&self, profile: &Profile) -> String {
        format!("toy report of {}\n", profile.data().run.elf.guest)
    }
}

impl Counter {
    fn count(&self, input: &GuestInput, control: &mut Control) -> Result<Outcome, ExecError> {
        let last = match input.args.first().map(|text| text.parse::<u64>()) {
            Some(Ok(last)) => last,
            Some(Err(_)) => return Err(ExecError::Input("its argument is no number".into())),
            None => u64::MAX,
        };
        input
            .buffers
            .iter()
            .for_each(|buffer| control.print(buffer));
        let mut steps = 0;
        let mut fault = None;
        while steps < last {
            if let Err(why) = control.poll(steps) {
                let cause = match why {
                    Interrupt::StepLimit => "limit",
                    Interrupt::Cancelled => "cancelled",
                };
                fault = Some(Fault {
                    pc: 4 * steps,
                    function: "count".into(),
                    steps,
                    cause: cause.into(),
                });
                break;
            }
            steps += 1;
        }
        Ok(Outcome {
            output: input.buffers.concat(),
            steps,
            touched_bytes: 1,
            loader_peak_bytes: 2,
            fault,
            profile: None,
        })
    }
}

impl Program for Counter {
    fn run(&self, input: &GuestInput, control: &mut Control) -> Result<Outcome, ExecError> {
        self.count(input, control)
    }

    fn profile(&self, request: RunRequest, control: &mut Control) -> Result<Outcome, ExecError> {
        let mut outcome = self.count(&request.input, control)?;
        let mut data = example::small();
        data.run.elf = request.run.elf;
        let profile = Profile::new(data).map_err(|error| ExecError::Internal(error.to_string()))?;
        outcome.profile = Some(profile);
        Ok(outcome)
    }
}

fn main() -> ExitCode {
    zkperf_engine::serve(&Toy)
}
