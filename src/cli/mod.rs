//! The command line: one file per sub-command. Results go to stdout, everything else to stderr;
//! the exit code is 0 when it was done, 1 when it failed, 2 when it was asked wrongly.

mod cassette;
mod chat;
mod check;
mod demo;
mod eval;
mod import;
mod key;
mod lock;
mod mail;
mod ops;
mod plain;
mod segments;
mod serve;
pub mod show;
mod token;

use std::io;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::Context as _;
use clap::{Args, Parser, Subcommand};

use crate::app::App;
use crate::config::Config;
use crate::jobs::deliver::Deliver;
use crate::mail::files::MailFiles;
use crate::telemetry;

/// A shop assistant in one binary. Without a command it serves.
#[derive(Parser)]
#[command(name = "attendant", version)]
struct Cli {
    /// The data folder
    #[arg(
        long,
        value_name = "DIR",
        global = true,
        default_value = "./attendant-data"
    )]
    data: PathBuf,
    #[command(flatten)]
    serve: ServeArgs,
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Subcommand)]
enum Command {
    /// Run the server
    Serve(ServeArgs),
    /// Chat with the assistant here, or from a pipe with one message a line
    Chat(ChatArgs),
    /// List the demo shoppers and their situations
    Demo {
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Show a conversation with what was handed over to people
    Show(ShowArgs),
    /// Count the customers in each segment, or say what one customer is and why
    Segments(SegmentsArgs),
    /// Show the mails that have left as files, and those that wait
    Mail(mail::MailArgs),
    /// Fill the shop from files
    Import(ImportArgs),
    /// Make, list and end keys of the API: for front ends, and for approvals
    Key(key::KeyArgs),
    /// Pause money, let it move again, and see the books of an order
    Ops(ops::OpsArgs),
    /// Print a signed token that says a shopper is this customer, good for an hour
    Token {
        /// The customer's e-mail address
        #[arg(long, value_name = "EMAIL")]
        customer: String,
    },
    /// Print what is in force, or say what is wrong in the configuration
    Check(check::CheckArgs),
    /// Turn a past conversation into a test, and play such tests
    Cassette(cassette::CassetteArgs),
    /// Measure the assistant: play cases, send foreign utterances
    Eval(eval::EvalArgs),
}

/// The command line asks for what is not there.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
struct Wrong(String);

#[derive(Args, Default)]
struct ServeArgs {
    /// Where to listen [default: 127.0.0.1:8080]
    #[arg(long, value_name = "ADDR")]
    listen: Option<String>,
    /// Start with an empty shop instead of the demo shop
    #[arg(long)]
    no_demo: bool,
    /// Prepare everything and do nothing: no return, no mail about one
    #[arg(long)]
    dry_run: bool,
}

#[derive(Args)]
struct ChatArgs {
    /// Write as this customer of the shop
    #[arg(long = "as", value_name = "EMAIL")]
    customer: Option<String>,
    /// Prepare everything and do nothing: no return, no mail about one
    #[arg(long)]
    dry_run: bool,
}

#[derive(Args)]
struct ShowArgs {
    /// The conversation's id
    conversation: String,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

#[derive(Args)]
struct SegmentsArgs {
    /// The e-mail address of one customer
    #[arg(long, value_name = "EMAIL")]
    customer: Option<String>,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

#[derive(Args)]
struct ImportArgs {
    /// The files' format
    #[arg(value_enum)]
    format: ImportFormat,
    /// The folder with customers.jsonl, products.jsonl and orders.jsonl
    folder: PathBuf,
}

#[derive(Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum ImportFormat {
    Jsonl,
}

/// Runs what the command line asks for.
pub fn run() -> ExitCode {
    let cli = Cli::parse();
    let serve = &cli.serve;
    if cli.command.is_some() && (serve.listen.is_some() || serve.no_demo || serve.dry_run) {
        eprintln!("attendant: --listen, --no-demo and --dry-run of serve stand behind it");
        return ExitCode::from(2);
    }
    match perform(cli) {
        Ok(()) => ExitCode::SUCCESS,
        // Whoever read the output has seen enough.
        Err(error) if is_broken_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("attendant: {error:#}");
            if error.is::<Wrong>() {
                ExitCode::from(2)
            } else {
                ExitCode::FAILURE
            }
        }
    }
}

fn perform(cli: Cli) -> anyhow::Result<()> {
    let config = Config::load(&cli.data)?;
    let serves = matches!(cli.command, None | Some(Command::Serve(_)));
    telemetry::start(config.log.as_deref(), if serves { "info" } else { "error" })?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    let result = runtime.block_on(async {
        match cli.command {
            None => serve::run(config, cli.serve).await,
            Some(Command::Serve(args)) => serve::run(config, args).await,
            Some(Command::Chat(args)) => chat::run(config, args).await,
            Some(Command::Demo { json }) => demo::run(config, json).await,
            Some(Command::Show(args)) => show::run(config, args).await,
            Some(Command::Segments(args)) => segments::run(config, args).await,
            Some(Command::Mail(args)) => mail::run(config, args).await,
            Some(Command::Import(args)) => import::run(config, args).await,
            Some(Command::Key(args)) => key::run(config, args).await,
            Some(Command::Ops(args)) => ops::run(config, args).await,
            Some(Command::Token { customer }) => token::run(config, &customer).await,
            Some(Command::Check(args)) => check::run(&config, &args).await,
            Some(Command::Cassette(args)) => cassette::run(config, args).await,
            Some(Command::Eval(args)) => Box::pin(eval::run(config, args)).await,
        }
    });
    // A thread that waits for the terminal cannot be ended; everything else is done by now.
    runtime.shutdown_timeout(Duration::ZERO);
    result
}

/// Opens the parts beside whatever server runs on the folder; links lead to that one.
async fn open(config: Config) -> anyhow::Result<App> {
    let public = match (&config.public_url, lock::running(&config.data)?) {
        (Some(url), _) => url.clone(),
        (None, Some(running)) => running,
        (None, None) => format!("http://{}", config.listen),
    };
    App::open(config, public).await
}

/// What delivers the outbox, as the process that holds its claims under a name.
fn deliver(app: &App, holder: &str) -> anyhow::Result<Deliver> {
    let files = MailFiles::open(&app.config.data.join("mail"))
        .context("cannot use the folder of outgoing mail")?;
    Ok(Deliver::new(
        app.store().clone(),
        app.clock.clone(),
        files,
        &app.shop.profile,
        holder.to_owned(),
    ))
}

fn is_broken_pipe(error: &anyhow::Error) -> bool {
    error
        .chain()
        .filter_map(|cause| cause.downcast_ref::<io::Error>())
        .any(|cause| cause.kind() == io::ErrorKind::BrokenPipe)
}
