//! The command's flags, and with them its help, completions and man page.

use clap::{Args, Parser, Subcommand, ValueEnum};

/// Verify, explain, parse, sign, send and receive webhooks.
#[derive(Debug, Parser)]
#[command(
    name = "webhook",
    version,
    about,
    disable_help_subcommand = true,
    after_help = "Secrets are best given by environment (--secret-env) or file (--secret-file): what stands on the \
        command line is kept by the shell's history and shown by process lists.\n\n\
        Exit status: 0 yes (verified), 1 no (refused, drifted), 2 wrong usage or configuration."
)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Say whether a recorded request verifies, and if not, why
    Verify(Box<VerifyArgs>),
    /// Read a body into its event
    Parse(ParseArgs),
    /// Print the request that a sender would send
    Sign(Box<SignArgs>),
    /// Sign a built-in sample event and post it
    Send(Box<SendArgs>),
    /// Receive requests on this machine, and say of each whether it verifies
    Listen(Box<ListenArgs>),
    /// List the providers, their variants, variables and retry schedules
    Providers(ProvidersArgs),
    /// Print the completions for a shell
    Completions(CompletionsArgs),
    /// Print the man page
    Man,
}

impl Command {
    /// Whether errors are to be printed as JSON.
    pub(crate) const fn json(&self) -> bool {
        match self {
            Self::Verify(args) => args.json,
            Self::Parse(args) => args.json,
            Self::Providers(args) => args.json,
            Self::Sign(_) | Self::Send(_) | Self::Listen(_) | Self::Completions(_) | Self::Man => false,
        }
    }
}

/// Who sends, and with which secrets.
#[derive(Debug, Args)]
pub(crate) struct SenderArgs {
    /// The provider; `webhook providers` lists them
    #[arg(long, value_name = "NAME", value_parser = provider_names())]
    pub(crate) provider: Option<String>,

    /// How the provider signs, if there are several ways
    #[arg(long, value_name = "NAME", requires = "provider")]
    pub(crate) variant: Option<String>,

    #[command(flatten)]
    pub(crate) secrets: SecretArgs,

    #[command(flatten)]
    pub(crate) custom: CustomArgs,
}

fn provider_names() -> clap::builder::PossibleValuesParser {
    clap::builder::PossibleValuesParser::new(webhook_verify::providers::NAMES)
}

#[derive(Debug, Args)]
#[command(next_help_heading = "Secrets (repeatable, the newest first)")]
pub(crate) struct SecretArgs {
    /// A secret as the provider shows it
    #[arg(long, value_name = "TEXT", allow_hyphen_values = true)]
    pub(crate) secret: Vec<String>,

    /// An environment variable that holds the secret, and in `VAR_PREVIOUS` the one before it. Without any of these
    /// flags the provider's own variables are looked for
    #[arg(long, value_name = "VAR")]
    pub(crate) secret_env: Vec<String>,

    /// A file that holds the secret and nothing else; one line end behind it is taken off
    #[arg(long, value_name = "FILE")]
    pub(crate) secret_file: Vec<String>,
}

/// A scheme of the user's own. With --provider, what is given here replaces that part of the provider's scheme.
#[derive(Debug, Args)]
#[command(next_help_heading = "A sender of your own")]
pub(crate) struct CustomArgs {
    /// The header that holds the signature
    #[arg(long, value_name = "NAME")]
    pub(crate) header: Option<String>,

    /// How it signs [default: hmac-sha256]
    #[arg(long, value_name = "NAME", value_enum)]
    pub(crate) algorithm: Option<AlgorithmArg>,

    /// How the signature is written [default: hex, for a token: text]
    #[arg(long, value_name = "NAME", value_enum)]
    pub(crate) encoding: Option<EncodingArg>,

    /// Text before the signature, such as `sha256=`
    #[arg(long, value_name = "TEXT", allow_hyphen_values = true)]
    pub(crate) prefix: Option<String>,

    /// The header is a list with this character between its entries
    #[arg(long, value_name = "CHAR")]
    pub(crate) list: Option<char>,

    /// The character between an entry's tag and value [default: =]
    #[arg(long, value_name = "CHAR", requires = "list")]
    pub(crate) pair: Option<char>,

    /// The tag of the entries that are signatures [default: v1]
    #[arg(long, value_name = "TAG", requires = "list")]
    pub(crate) accept: Option<String>,

    /// What is signed: text with {timestamp}, {id}, {body} and {header:Name} in it; `{{` is a brace [default: {body}]
    #[arg(long, value_name = "TEMPLATE", allow_hyphen_values = true)]
    pub(crate) signed: Option<String>,

    /// The header that holds the time of signing
    #[arg(long, value_name = "NAME")]
    pub(crate) timestamp_header: Option<String>,

    /// The tag of the list's entry that holds the time of signing
    #[arg(long, value_name = "TAG")]
    pub(crate) timestamp_field: Option<String>,

    /// The unit of the time of signing [default: s]
    #[arg(long, value_name = "UNIT", value_enum)]
    pub(crate) timestamp_unit: Option<UnitArg>,

    /// How far that time may be from now, either way [default: 300]
    #[arg(long, value_name = "SECONDS")]
    pub(crate) tolerance: Option<u32>,

    /// The header that holds the message's id [default, where {id} is signed: the signature's header with `-id`
    /// for `-signature`]
    #[arg(long, value_name = "NAME")]
    pub(crate) id_header: Option<String>,

    /// How the secret's text stands for the key [default: as it is]
    #[arg(long, value_name = "NAME", value_enum)]
    pub(crate) key_decode: Option<KeyArg>,

    /// Text to take off the secret's beginning if it is there (repeatable)
    #[arg(long, value_name = "TEXT", allow_hyphen_values = true)]
    pub(crate) strip_prefix: Vec<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum AlgorithmArg {
    HmacSha1,
    HmacSha256,
    HmacSha512,
    Token,
    Ed25519,
    EcdsaP256,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum EncodingArg {
    Hex,
    Base64,
    Text,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum UnitArg {
    S,
    Ms,
    Rfc3339,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum KeyArg {
    Text,
    Base64,
    Hex,
}

#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    webhook verify --provider clerk --secret-env CLERK_WEBHOOK_SIGNING_SECRET request.http\n  \
    webhook verify --provider fluxbase --variant legacy --secret-file secret.txt --json request.http\n  \
    webhook verify --header X-Shop-Signature --list , --accept v1 --timestamp-field t \\\n    \
    --signed '{timestamp}.{body}' --secret-env SHOP_SECRET --now 1767605400 - < request.http")]
pub(crate) struct VerifyArgs {
    /// Judge the request's time as if it were this, in seconds since 1970 [default: the clock]
    #[arg(long, value_name = "UNIX", allow_negative_numbers = true)]
    pub(crate) now: Option<i64>,

    /// Do not judge the request's time
    #[arg(long, conflicts_with = "now")]
    pub(crate) ignore_time: bool,

    /// Print one line of JSON
    #[arg(long)]
    pub(crate) json: bool,

    /// A raw HTTP/1.1 request: its line, headers, a blank line, the body; `-` reads standard input
    #[arg(value_name = "FILE")]
    pub(crate) file: String,

    // Last, since its headings go on until the end.
    #[command(flatten)]
    pub(crate) sender: SenderArgs,
}

#[derive(Debug, Args)]
#[command(after_help = "Example:\n  webhook parse --provider clerk --drift body.json")]
pub(crate) struct ParseArgs {
    /// The provider; `webhook providers` lists them
    #[arg(long, value_name = "NAME", value_parser = provider_names())]
    pub(crate) provider: String,

    /// List the JSON paths that the model does not carry, and fail if there are any
    #[arg(long)]
    pub(crate) drift: bool,

    /// Print one line of JSON
    #[arg(long)]
    pub(crate) json: bool,

    /// A request's body; `-` reads standard input
    #[arg(value_name = "FILE")]
    pub(crate) file: String,
}

#[derive(Debug, Args)]
pub(crate) struct ProvidersArgs {
    /// Print one line of JSON
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    webhook sign --provider clerk --secret-env CLERK_WEBHOOK_SIGNING_SECRET --as curl body.json\n  \
    webhook sign --provider fluxbase --secret-file secret.txt --as http body.json > request.http")]
pub(crate) struct SignArgs {
    /// The time of signing, in seconds since 1970 [default: the clock]
    #[arg(long, value_name = "UNIX", allow_negative_numbers = true)]
    pub(crate) now: Option<i64>,

    /// The message's id, where the scheme has one [default: a new one]
    #[arg(long, value_name = "ID", allow_hyphen_values = true)]
    pub(crate) id: Option<String>,

    /// What to print: the headers, a raw HTTP request, or a curl command
    #[arg(long = "as", value_name = "FORM", value_enum, default_value_t = FormArg::Headers)]
    pub(crate) form: FormArg,

    /// Where the request goes, for `http` and `curl`
    #[arg(long, value_name = "URL", default_value = "http://localhost:8787/")]
    pub(crate) url: String,

    /// The body; `-` reads standard input
    #[arg(value_name = "FILE")]
    pub(crate) file: String,

    // Last, since its headings go on until the end.
    #[command(flatten)]
    pub(crate) sender: SenderArgs,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum FormArg {
    Headers,
    Http,
    Curl,
}

#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    webhook send --provider clerk --secret-env CLERK_WEBHOOK_SIGNING_SECRET --event user.created \\\n    \
    --to http://localhost:3000/webhooks/clerk\n  \
    webhook send --provider fluxbase --secret-env FLUXBASE_WEBHOOK_SECRET --event INSERT --tamper body \\\n    \
    --to http://localhost:3000/webhooks/fluxbase\n\n\
    Exit status: 0 when every answer was 2xx, 1 when one was not, 2 when nothing could be sent.")]
pub(crate) struct SendArgs {
    /// The event, by the name that the provider gives it
    #[arg(long, value_name = "KIND")]
    pub(crate) event: String,

    /// An http:// URL on this machine
    #[arg(long, value_name = "URL")]
    pub(crate) to: String,

    /// Post to another machine than this one
    #[arg(long)]
    pub(crate) allow_remote: bool,

    /// How many to send, one after the other
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub(crate) times: u32,

    /// Break each request in this way, to see it refused
    #[arg(long, value_name = "PART", value_enum)]
    pub(crate) tamper: Option<TamperArg>,

    // Last, since its headings go on until the end.
    #[command(flatten)]
    pub(crate) sender: SenderArgs,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum TamperArg {
    /// A blank is added behind the body
    Body,
    /// One character of the signature is another one
    Signature,
    /// The time of signing is changed after signing
    Timestamp,
    /// The request was signed an hour ago
    Stale,
    /// Half of the body is gone
    Truncate,
    /// The signature's header is gone
    Unsigned,
}

#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    webhook listen --save requests\n  \
    webhook listen --provider fluxbase --secret-env FLUXBASE_WEBHOOK_SECRET --fail 500,500,200\n\n\
    It answers 204, or the status of the refusal, and listens on 127.0.0.1 only.")]
pub(crate) struct ListenArgs {
    /// The port; 0 takes a free one
    #[arg(long, value_name = "PORT", default_value_t = 8787)]
    pub(crate) port: u16,

    /// Save each request as a raw file in this folder, for `webhook verify`
    #[arg(long, value_name = "DIR")]
    pub(crate) save: Option<std::path::PathBuf>,

    /// Answer with these statuses, in this order, before any other answer
    #[arg(long, value_name = "STATUS,...", value_delimiter = ',', value_parser = clap::value_parser!(u16).range(200..=599))]
    pub(crate) fail: Vec<u16>,

    /// End after so many requests
    #[arg(long, value_name = "N")]
    pub(crate) count: Option<u64>,

    // Last, since its headings go on until the end.
    #[command(flatten)]
    pub(crate) sender: SenderArgs,
}

#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  webhook completions bash > ~/.local/share/bash-completion/completions/webhook"
)]
pub(crate) struct CompletionsArgs {
    /// The shell
    #[arg(value_enum)]
    pub(crate) shell: clap_complete::Shell,
}
