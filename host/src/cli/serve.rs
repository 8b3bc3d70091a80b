//! Options of `ember serve`.

use super::devices::all_threads;
use clap::{Args, ValueEnum};
use ember::device::spec::{BoardName, DeviceSpec};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

pub const HELP: &str = "\
Examples:
  ember serve                                          the embedded model on the software path, for this computer alone
  ember serve --model cats=cats.ember --model dogs:2=dogs.ember
  ember serve --device xdma:0,xdma:1                   two boards share the work
  ember serve --model a=a.ember --model b=b.ember --device a=xdma:0 --device b=xdma:1
  ember serve --http 0.0.0.0:8000 --grpc off --token-file token --tls-certificate cert.pem --tls-key key.pem

Asking it (page in a browser: http://127.0.0.1:8000):
  curl --data-binary @cat.jpg -H 'Inference-Header-Content-Length: 0' http://127.0.0.1:8000/v2/models/squeezenet/infer
  curl http://127.0.0.1:8000/v2/models/squeezenet      inputs and outputs, with their shapes
  curl http://127.0.0.1:8000/metrics                   for Prometheus

It speaks the Open Inference Protocol v2 over HTTP and gRPC, with Triton's binary tensors: the clients of Triton and KServe work as they
are. Inputs are `images` (UINT8 [-1,H,W,3]) or `encoded` (BYTES [-1], image files); outputs `sums`, `probabilities`, `class_ids`,
`labels`. A full queue is answered by 503 with Retry-After (gRPC: UNAVAILABLE). All of it: docs/serving.md.

Ctrl-C or SIGTERM: nothing more is accepted, what is under way gets its answer, then the program ends. A second signal ends it at once.

Exit codes:
  0    ended by a signal, and drained
  1    a model, a device, an address, a certificate or the token cannot be used
  2    the command line is wrong
  130  ended at once by a second signal, Ctrl-C; 143 by SIGTERM, 129 by SIGHUP";

/// What to serve, where, and how much of it.
#[derive(Debug, Args)]
pub struct ServeArgs {
    /// A model file and its name in the protocol, which may have a version; repeat it for several models. Without a name, that of the file
    /// [default: squeezenet, the embedded SqueezeNet v1.1]
    #[arg(long = "model", value_name = "[NAME[:VERSION]=]FILE", value_parser = model)]
    pub models: Vec<ModelArg>,
    /// Where frames run: software, sim, sim:COLUMNS, xdma, xdma:N or xdma:BUS:DEVICE.FUNCTION; several with commas. With a model's name
    /// (NAME:VERSION where there are several), of that model alone. A board holds one model [default: software]
    #[arg(long = "device", value_name = "[NAME=]DEVICE,...", value_parser = devices)]
    pub devices: Vec<DevicesArg>,
    /// Columns of a simulated engine
    #[arg(long, value_name = "N", default_value = "16", value_parser = ["4", "8", "16", "32"])]
    pub columns: String,
    /// Folder of the boards' device files; without --device, the board in it is used [default: /dev]
    #[arg(long, value_name = "DIR")]
    pub device_dir: Option<PathBuf>,
    /// Where HTTP is served, or off
    #[arg(long, value_name = "ADDRESS:PORT", default_value = "127.0.0.1:8000", value_parser = address)]
    pub http: Address,
    /// Where gRPC is served, or off
    #[arg(long, value_name = "ADDRESS:PORT", default_value = "127.0.0.1:8001", value_parser = address)]
    pub grpc: Address,
    /// PEM file with the server's certificate and those above it; with it, connections are TLS
    #[arg(long, value_name = "FILE", requires = "tls_key")]
    pub tls_certificate: Option<PathBuf>,
    /// PEM file with the certificate's private key
    #[arg(long, value_name = "FILE", requires = "tls_certificate")]
    pub tls_key: Option<PathBuf>,
    /// File whose first line callers have to bring as `authorization: Bearer TOKEN`; health and the empty page are open
    #[arg(long, value_name = "FILE")]
    pub token_file: Option<PathBuf>,
    /// Images of a model that may wait or be under way; a request that brings more than there is room for is refused
    #[arg(long, value_name = "N", default_value_t = 256, value_parser = clap::value_parser!(u32).range(1..=65536))]
    pub queue: u32,
    /// Frames handed to a device at once [default: what the device can have under way]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=1024))]
    pub batch: Option<u32>,
    /// Threads that decode, and threads of the software device [default: one a processor]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=1024))]
    pub threads: Option<u32>,
    /// Megabytes of a request
    #[arg(long, value_name = "MB", default_value_t = 64, value_parser = clap::value_parser!(u32).range(1..=1024))]
    pub body_limit: u32,
    /// Seconds in which a request's head has to arrive, and then its body
    #[arg(long, value_name = "SECONDS", default_value = "30", value_parser = seconds)]
    pub read_timeout: Duration,
    /// Seconds from a request to its answer; callers may ask for less (gRPC's deadline, the parameter `timeout` in microseconds)
    #[arg(long, value_name = "SECONDS", default_value = "60", value_parser = seconds)]
    pub timeout: Duration,
    /// Seconds that what is under way has when the server is told to end
    #[arg(long, value_name = "SECONDS", default_value = "30", value_parser = seconds)]
    pub drain_timeout: Duration,
    /// Connections of each protocol at a time; more wait to be accepted
    #[arg(long, value_name = "N", default_value_t = 1024, value_parser = clap::value_parser!(u32).range(1..=65536))]
    pub connections: u32,
    /// Form of the log on standard error; requests are in it with -v
    #[arg(long, value_enum, value_name = "FORM", default_value_t = LogForm::Text)]
    pub log: LogForm,
}

/// Forms of the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum LogForm {
    /// Lines for people
    Text,
    /// One JSON object a line
    Json,
}

/// One `--model`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ModelArg {
    pub name: String,
    pub version: u32,
    /// None: the embedded one.
    pub file: Option<PathBuf>,
}

/// One `--device`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DevicesArg {
    /// Whose devices; of all models without.
    model: Option<String>,
    specs: Vec<DeviceSpec>,
}

/// Where to listen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Address(pub Option<SocketAddr>);

fn model(text: &str) -> Result<ModelArg, String> {
    let Some((name, file)) = text.split_once('=') else {
        let stem = std::path::Path::new(text).file_stem().and_then(|stem| stem.to_str());
        let name = stem.ok_or("expected NAME=FILE")?.to_string();
        return Ok(ModelArg { name: named(&name)?, version: 1, file: Some(text.into()) });
    };
    let (name, version) = name.split_once(':').map_or((name, Some(1)), |(name, version)| (name, version.parse().ok()));
    let version = version.filter(|version| *version > 0).ok_or("the version is no number from 1")?;
    if file.is_empty() {
        return Err("the file is missing; expected NAME=FILE".into());
    }
    Ok(ModelArg { name: named(name)?, version, file: Some(file.into()) })
}

/// A name that a path of the protocol can have.
fn named(name: &str) -> Result<String, String> {
    let is_plain = !name.is_empty() && name.bytes().all(|c| c.is_ascii_alphanumeric() || b"-_.".contains(&c));
    is_plain
        .then(|| name.into())
        .ok_or_else(|| format!("the name {name:?} has other signs than letters, digits, - _ and .; give one as NAME=FILE"))
}

fn devices(text: &str) -> Result<DevicesArg, String> {
    let (model, names) = text.split_once('=').map_or((None, text), |(model, names)| (Some(model.to_string()), names));
    let specs = names.split(',').map(|name| name.parse().map_err(|error: ember::device::spec::SpecError| error.to_string()));
    Ok(DevicesArg { model, specs: specs.collect::<Result<_, _>>()? })
}

fn address(text: &str) -> Result<Address, String> {
    if text == "off" {
        return Ok(Address(None));
    }
    text.parse().map(|address| Address(Some(address))).map_err(|_| "expected an address and a port, such as 127.0.0.1:8000, or off".into())
}

fn seconds(text: &str) -> Result<Duration, String> {
    let range = 0.01..=86400.0;
    let seconds: Option<f64> = text.parse().ok().filter(|seconds| range.contains(seconds));
    seconds.map(Duration::from_secs_f64).ok_or_else(|| format!("expected seconds from {} to {}", range.start(), range.end()))
}

impl ServeArgs {
    /// The models, and the devices of each.
    ///
    /// # Errors
    /// Two models or two boards that are the same, or devices of a model that there is not.
    pub fn plan(&self) -> Result<Vec<(ModelArg, Vec<DeviceSpec>)>, String> {
        let models = match self.models.is_empty() {
            true => vec![ModelArg { name: "squeezenet".into(), version: 1, file: None }],
            false => self.models.clone(),
        };
        let same = |a: &ModelArg, b: &ModelArg| (&a.name, a.version) == (&b.name, b.version);
        if let Some((_, twice)) = models.iter().enumerate().find(|(i, model)| models[..*i].iter().any(|other| same(other, model))) {
            return Err(format!("--model names {}:{} twice; give each its own name or version", twice.name, twice.version));
        }
        let is_of = |devices: &DevicesArg, model: &ModelArg| {
            devices.model.as_ref().is_none_or(|name| *name == model.name || *name == format!("{}:{}", model.name, model.version))
        };
        if let Some(lost) = self.devices.iter().find(|devices| !models.iter().any(|model| is_of(devices, model))) {
            let name = lost.model.as_deref().unwrap_or_default();
            return Err(format!("--device is for the model {name}, which there is not; name one of --model"));
        }
        let usual = if self.device_dir.is_some() { DeviceSpec::Xdma(BoardName::First) } else { DeviceSpec::Software };
        let specs = |model: &ModelArg| {
            let specs: Vec<_> =
                self.devices.iter().filter(|devices| is_of(devices, model)).flat_map(|devices| devices.specs.clone()).collect();
            if specs.is_empty() {
                vec![usual.clone()]
            } else {
                specs
            }
        };
        let plan: Vec<_> = models.into_iter().map(|model| (specs(&model), model)).map(|(specs, model)| (model, specs)).collect();
        // a board holds one program; the others are as many as one likes
        let boards: Vec<_> = plan.iter().flat_map(|(_, specs)| specs).filter(|spec| matches!(spec, DeviceSpec::Xdma(_))).cloned().collect();
        let twice =
            ember::device::spec::repeated(&boards).or_else(|| plan.iter().find_map(|(_, specs)| ember::device::spec::repeated(specs)));
        match twice {
            Some(twice) => Err(format!("--device gives {twice} twice; give every board to one model, as --device NAME=xdma:0")),
            None => Ok(plan),
        }
    }

    /// How many threads decode, and run the software path.
    pub fn threads(&self) -> usize {
        self.threads.map_or_else(all_threads, |n| n as usize)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::{Cli, Command};
    use clap::Parser;

    fn plan(arguments: &[&str]) -> Result<Vec<String>, String> {
        let cli = Cli::try_parse_from([&["ember", "serve"], arguments].concat()).map_err(|error| error.to_string())?;
        let Command::Serve(args) = cli.command else { panic!("another command") };
        let words = |(model, specs): (ModelArg, Vec<DeviceSpec>)| {
            let specs: Vec<_> = specs.iter().map(ToString::to_string).collect();
            format!("{}:{} {}", model.name, model.version, specs.join("+"))
        };
        Ok(args.plan()?.into_iter().map(words).collect())
    }

    #[test]
    fn every_model_has_its_devices() {
        for (arguments, expected) in [
            (vec![], vec!["squeezenet:1 software"]),
            (vec!["--device-dir", "/tmp"], vec!["squeezenet:1 xdma"]),
            (vec!["--model", "dir/own.ember", "--device", "xdma:0,xdma:1"], vec!["own:1 xdma:0+xdma:1"]),
            (
                vec!["--model", "a=x", "--model", "b:3=y", "--device", "a=xdma:0", "--device", "b=xdma:1,software"],
                vec!["a:1 xdma:0", "b:3 xdma:1+software"],
            ),
            (vec!["--model", "a:1=x", "--model", "a:2=y", "--device", "a:2=sim:4"], vec!["a:1 software", "a:2 sim:4"]),
        ] {
            assert_eq!(plan(&arguments).expect("a plan"), expected, "{arguments:?}");
        }
    }

    #[test]
    fn what_cannot_be_meant_is_refused() {
        for (arguments, says) in [
            (vec!["--model", "a=x", "--model", "a=y"], "names a:1 twice"),
            (vec!["--model", "a=x", "--model", "b=y", "--device", "xdma:0"], "gives xdma:0 twice"),
            (vec!["--device", "software,software"], "gives software twice"),
            (vec!["--device", "c=xdma:0"], "the model c, which there is not"),
            (vec!["--model", "a b=x"], "other signs"),
            (vec!["--model", "a:x=y"], "no number from 1"),
            (vec!["--model", "a="], "the file is missing"),
            (vec!["--device", "gpu"], "is no device"),
            (vec!["--http", "localhost"], "expected an address and a port"),
            (vec!["--tls-key", "k"], "--tls-certificate"),
            (vec!["--timeout", "nan"], "expected seconds"),
        ] {
            let error = plan(&arguments).expect_err(says);
            assert!(error.contains(says), "{error}");
        }
    }
}
