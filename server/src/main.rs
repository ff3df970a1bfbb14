//! The binary `fairway`: TLS provider, runtime, and the command line handed to the library.

use std::process::ExitCode;

use clap::Parser;
use mimalloc::MiMalloc;
use server::cli::Cli;

#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

fn main() -> ExitCode {
    // First of all: every TLS client of the process must agree on one provider.
    if rustls::crypto::aws_lc_rs::default_provider()
        .install_default()
        .is_err()
    {
        eprintln!("fairway: a TLS provider was installed before start; this is a defect of this build.");
        return ExitCode::FAILURE;
    }
    let cli = Cli::parse();
    match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime.block_on(server::run(cli)),
        Err(problem) => {
            eprintln!(
                "fairway: cannot start its runtime: {problem}. Check the limits on threads and open files."
            );
            ExitCode::FAILURE
        }
    }
}
