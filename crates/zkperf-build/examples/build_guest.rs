//! Builds a guest: `build_guest ZKVM reference|DIR VARIANT OUT_DIR TARGET_DIR`. Made the prebuilt fixtures.

use zkperf_build::{build, BuildRequest, Guest, Progress};

fn main() {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let [zkvm, guest, variant, out_dir, target_dir] = args.as_slice() else {
        eprintln!("usage: build_guest ZKVM reference|DIR VARIANT OUT_DIR TARGET_DIR");
        std::process::exit(2);
    };
    let request = BuildRequest {
        zkvm: zkvm.clone(),
        guest: if guest == "reference" {
            Guest::Reference
        } else {
            Guest::Dir(guest.into())
        },
        variant: Some(variant.clone()),
        out_dir: out_dir.into(),
        target_dir: Some(target_dir.into()),
        fields: Vec::new(),
        overrides: Default::default(),
    };
    let result = build(&request, &mut |progress| match progress {
        Progress::Toolchain(toolchain) => {
            eprintln!("{}: {}", toolchain.name, toolchain.rustc.display())
        }
        Progress::Started(_) => (),
        Progress::Cargo(line) => eprintln!("{line}"),
        Progress::Written(path) => eprintln!("wrote {}", path.display()),
    });
    match result {
        Ok(built) => println!("{} {}", built.record.elf_sha256, built.elf_path.display()),
        Err(error) => {
            eprintln!("error: {error}");
            std::process::exit(1);
        }
    }
}
