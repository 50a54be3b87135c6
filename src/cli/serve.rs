//! `attendant serve`: the server, its jobs, and an orderly end.

use std::io::{ErrorKind, Write as _, stdout};
use std::net::SocketAddr;
use std::sync::Arc;

use anyhow::{Context as _, bail};
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::timeout;
use tracing::{info, warn};

use super::ServeArgs;
use super::lock::ServeLock;
use crate::agent::driver::Assistant;
use crate::app::App;
use crate::config::{Config, DemoScale};
use crate::domain::limits;
use crate::jobs::every;
use crate::jobs::resume::Resume;
use crate::web::{self, Site};

pub async fn run(mut config: Config, args: ServeArgs) -> anyhow::Result<()> {
    config.listen = args.listen.unwrap_or(config.listen);
    if args.no_demo {
        config.demo = DemoScale::None;
    }
    config.dry_run = args.dry_run;
    let mut lock = ServeLock::take(&config.data)?;
    let listener = bind(&config.listen).await?;
    let address = listener.local_addr()?;
    let reached = format!("http://{address}");
    let public = config
        .public_url
        .clone()
        .unwrap_or_else(|| reachable(address));

    let app = App::open(config, public).await?;
    if let Some(holder) = &lock.last_holder {
        // Its process is gone, since the lock was free: nobody has to wait for its leases to end.
        app.store().free_leases_of(holder).await?;
    }
    if app.config.dry_run {
        nothing_is_left_to_do(&app).await?;
        warn!("a dry run: everything is prepared and nothing is done");
    }
    let assistant = app.assistant().await?;
    lock.announce(&reached, &assistant.parts.holder)?;
    // Ahead of the first search, which would wait for it.
    let catalog = assistant.parts.catalog.clone();
    tokio::spawn(async move {
        if let Err(error) = catalog.catch_up().await {
            warn!(%error, "the product index is not there yet; the first search tries again");
        }
    });

    let (stop, stopped) = watch::channel(false);
    let site = Site::open(&app, &assistant, &reached, stopped.clone()).await?;
    let mut serving = tokio::spawn(web::serve(listener, site, stopped.clone()));
    let mut jobs = start_jobs(&app, &assistant, &stopped)?;
    // Ahead of the line that says it runs: who reads that may ask it to stop at once.
    let asked = asked_to_stop()?;
    writeln!(stdout(), "Attendant runs on {reached}")?;
    stdout().flush()?;

    tokio::select! {
        ended = &mut serving => {
            ended.context("the server broke")?.context("the server cannot go on")?;
        }
        asked = asked => asked?,
    }
    info!("stopping: waiting for the answers that are under way");
    stop.send_replace(true);
    let orderly = async {
        assistant.drain().await;
        while jobs.join_next().await.is_some() {}
        let _ = (&mut serving).await;
    };
    if timeout(limits::SHUTDOWN_DRAIN, orderly).await.is_err() {
        warn!("not everything was finished in time; the next start goes on with the rest");
    }
    Ok(())
}

/// What was confirmed before must really be done: a dry run would call it off.
async fn nothing_is_left_to_do(app: &App) -> anyhow::Result<()> {
    let count = app.store().effects_unfinished().await?;
    if count > 0 {
        bail!(
            "in {count} conversation(s) something was confirmed and is not finished. Run attendant \
             serve once to finish it, and then the dry run"
        );
    }
    Ok(())
}

async fn bind(listen: &str) -> anyhow::Result<TcpListener> {
    TcpListener::bind(listen)
        .await
        .map_err(|error| match error.kind() {
            ErrorKind::AddrInUse => anyhow::anyhow!(
                "the address {listen} is in use by another program. Stop that one, or give another \
             address with --listen"
            ),
            _ => anyhow::Error::new(error).context(format!("cannot listen on {listen}")),
        })
}

/// How a shopper on this machine reaches an address that means all of its interfaces.
fn reachable(address: SocketAddr) -> String {
    if address.ip().is_unspecified() {
        format!("http://127.0.0.1:{}", address.port())
    } else {
        format!("http://{address}")
    }
}

fn start_jobs(
    app: &App,
    assistant: &Arc<Assistant>,
    stopped: &watch::Receiver<bool>,
) -> anyhow::Result<JoinSet<()>> {
    let mut jobs = JoinSet::new();
    let resume = Resume::new(assistant.clone());
    jobs.spawn(every(
        limits::RESUME_EVERY,
        "resume",
        stopped.clone(),
        move || {
            let resume = resume.clone();
            async move { resume.look().await }
        },
    ));
    let deliver = super::deliver(app, &assistant.parts.holder)?;
    jobs.spawn(every(
        limits::DELIVER_EVERY,
        "deliver",
        stopped.clone(),
        move || {
            let deliver = deliver.clone();
            async move { deliver.look().await }
        },
    ));
    Ok(jobs)
}

/// Resolves when the process is asked to stop. The signals are taken over by the call itself, not
/// by the first poll: until then one would end the process where it stands.
#[cfg(unix)]
fn asked_to_stop() -> anyhow::Result<impl Future<Output = anyhow::Result<()>>> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
        Ok(())
    })
}

#[cfg(not(unix))]
fn asked_to_stop() -> anyhow::Result<impl Future<Output = anyhow::Result<()>>> {
    Ok(async { Ok(tokio::signal::ctrl_c().await?) })
}
