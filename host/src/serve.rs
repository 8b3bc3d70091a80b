//! `ember serve`: models over the Open Inference Protocol.

use crate::cli::serve::{ModelArg, ServeArgs};
use crate::cli::usage_error;
use crate::interrupt;
use crate::progress::{is_quiet, Spinner};
use ::serve::{Config, End, Listening, Models, Served, Server, TlsFiles};
use anyhow::{ensure, Context, Result};
use ember::device::open;
use ember::device::spec::DeviceSpec;
use ember::{Event, Model, Options, Share};
use net::text::shown;
use std::path::Path;
use std::sync::Arc;

/// Runs the command.
///
/// # Errors
/// In one sentence, what stands in the way of serving.
pub fn run(args: &ServeArgs) -> Result<()> {
    let plan = args.plan().unwrap_or_else(|conflict| usage_error(conflict));
    // what costs nothing to find wrong is found before devices are opened
    let config = config(args)?;
    let models = plan.iter().map(|(model, _)| load(model)).collect::<Result<Vec<_>>>()?;
    let ctrl_c = interrupt::graceful();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().context("the threads cannot be started")?;
    let mut served = Vec::new();
    for ((name, specs), model) in plan.iter().zip(models) {
        served.push(open(name, specs, &model, args)?);
        // asked to end while an engine was built
        if ctrl_c.requested() {
            return Ok(());
        }
    }
    warn_of_open_doors(&config);
    let is_private = config.tls.is_some();
    let server = Arc::new(Server::new(Models::new(served), config));
    let (stop, stopped) = tokio::sync::oneshot::channel();
    let signal = ctrl_c.channel();
    std::thread::Builder::new().name("stop".into()).spawn(move || {
        // disconnected by the signal
        let _ = signal.recv();
        let _ = stop.send(());
    })?;
    let end = runtime.block_on(async {
        let listening = Listening::bind(server).await?;
        let s = if is_private { "s" } else { "" };
        let http = listening.http().map(|address| format!("http{s}://{address}"));
        let grpc = listening.grpc().map(|address| format!("grpc{s}://{address}"));
        let places: Vec<_> = http.into_iter().chain(grpc).collect();
        stdio::line!("serving {}", places.join(" and "))?;
        let stopped = async { drop(stopped.await) };
        anyhow::Ok(listening.run(stopped).await)
    })?;
    if let End::CutOff(connections) = end {
        stdio::say!("ember: {} cut off, because the time to end was over", net::plural::count(connections as u64, "connection"));
    } else if !is_quiet() {
        stdio::say("ember: everything that was under way has its answer");
    }
    Ok(())
}

fn config(args: &ServeArgs) -> Result<Config> {
    let tls = args.tls_certificate.clone().zip(args.tls_key.clone());
    Ok(Config {
        http: args.http.0,
        grpc: args.grpc.0,
        tls: tls.map(|(certificates, key)| TlsFiles { certificates, key }),
        token: args.token_file.as_deref().map(token).transpose()?,
        body_limit: args.body_limit as usize * 1_000_000,
        read_timeout: args.read_timeout,
        request_timeout: args.timeout,
        drain_timeout: args.drain_timeout,
        connections: args.connections as usize,
    })
}

/// The first line of the file.
fn token(path: &Path) -> Result<String> {
    let text = std::fs::read_to_string(path).with_context(|| format!("{}: the token cannot be read", shown(path)))?;
    let token = text.lines().next().unwrap_or_default().trim();
    let is_plain = !token.is_empty() && token.bytes().all(|c| c.is_ascii_graphic());
    ensure!(is_plain, "{}: there is no token; expected one in the first line, in ASCII without spaces", shown(path));
    Ok(token.into())
}

fn load(model: &ModelArg) -> Result<Model> {
    Ok(model.file.as_deref().map_or_else(|| Ok(Model::embedded()), Model::load)?)
}

/// `model` on its devices. One of several that cannot be opened is left out, with a sentence.
fn open(name: &ModelArg, specs: &[DeviceSpec], model: &Model, args: &ServeArgs) -> Result<Served> {
    let label = name.name.clone();
    let options = Options {
        threads: args.threads(),
        columns: args.columns.parse().unwrap_or(16),
        device_dir: args.device_dir.clone().unwrap_or_else(|| "/dev".into()),
        batch: args.batch.map(|n| n as usize),
        listener: Some(Arc::new(move |event| {
            if let Event::Lost(Share { name, failure: Some(failure), .. }) = event {
                tracing::error!(model = label, "device {name} is not used any more: {failure}");
            }
        })),
        ..Options::default()
    };
    let spinner = Spinner::new();
    let mut devices = Vec::new();
    for spec in specs {
        match open::open(spec, model, &options, &mut |what| spinner.say(what)) {
            Ok(device) => devices.push(device),
            Err(error) if specs.len() > 1 => spinner.suspend(|| stdio::say!("ember: device {spec} is left out: {error}")),
            Err(error) => return Err(error.into()),
        }
    }
    ensure!(!devices.is_empty(), "none of the {} devices can be used; run `ember doctor`, or add --device software", specs.len());
    Ok(Served::new(&name.name, name.version, model, devices, args.queue as usize, &options)?)
}

/// Says so when others may ask without a token, or send theirs in the open.
fn warn_of_open_doors(config: &Config) {
    let is_public = [config.http, config.grpc].into_iter().flatten().any(|address| !address.ip().is_loopback());
    if is_public && config.token.is_none() {
        tracing::warn!("anybody who reaches this computer may use the server; ask for a token with --token-file");
    }
    if is_public && config.token.is_some() && config.tls.is_none() {
        tracing::warn!("tokens travel in the open; use --tls-certificate and --tls-key, or TLS in front of the server");
    }
}
