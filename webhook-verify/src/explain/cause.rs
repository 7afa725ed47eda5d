/// What a hint is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Cause {
    /// The request carries no header of the scheme, nor of any other that is known.
    Unsigned,
    /// The headers are those of another family (`webhook-*` for `svix-*`), or of two families mixed.
    HeaderFamily,
    /// The request is signed as another variant or provider signs.
    OtherVariant,
    /// A header is there twice.
    RepeatedHeader,
    /// A header's value has blanks around it, which servers take off.
    PaddedHeader,
    /// The key is another decoding of the secret's text.
    SecretDecoding,
    /// The secret's prefix is part of the key and was left out, or the other way round.
    SecretPrefix,
    /// White space at the secret's end or beginning.
    SecretWhitespace,
    /// The secret was set with its quotes, here or at the sender.
    SecretQuotes,
    /// Other white space in the JSON.
    JsonSpacing,
    /// Another order of keys in the JSON.
    KeyOrder,
    /// Other escapes in the JSON.
    EscapedUnicode,
    /// A line end was added behind the body, or cut.
    TrailingNewline,
    /// Other line ends in the body.
    LineEndings,
    /// A byte order mark was added or cut.
    ByteOrderMark,
    /// The body was converted to another character set.
    Charset,
    /// The body was wrapped into a JSON string.
    JsonText,
    /// The body was wrapped into base64.
    Base64Body,
    /// The body is still compressed.
    CompressedBody,
    /// The body was decompressed on the way.
    DecompressedBody,
    /// The body is shorter than declared.
    TruncatedBody,
    /// The body is longer than declared.
    ExtraBytes,
    /// The body is gone.
    EmptyBody,
    /// PostgreSQL: the text of `json` was signed, that of `jsonb` was sent.
    JsonSignedJsonbSent,
    /// PostgreSQL: the signed text was cast to `bytea`, which halves backslashes.
    DoubledBackslashes,
    /// The timestamp is in milliseconds, and the scheme's unit is seconds.
    Milliseconds,
    /// The timestamp is in seconds, and the scheme's unit is milliseconds.
    Seconds,
    /// The timestamp is not written as the scheme has it.
    TimestampForm,
    /// The clocks disagree, or the request is old.
    ClockSkew,
    /// The signature was made with another secret.
    OtherSecret,
    /// The signature has a prefix too many, too few, or the wrong one.
    SignaturePrefix,
    /// The signature stands in quotes.
    SignatureQuotes,
    /// The signature is written in another encoding.
    SignatureEncoding,
    /// The signature is of another algorithm.
    OtherAlgorithm,
    /// The signature covers other parts of the request.
    SignedContent,
    /// The request is a sender's set-up request, signed with the token that it offers.
    Handshake,
}

impl Cause {
    /// A stable lower-case word for this cause.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Unsigned => "unsigned",
            Self::HeaderFamily => "header_family",
            Self::OtherVariant => "other_variant",
            Self::RepeatedHeader => "repeated_header",
            Self::PaddedHeader => "padded_header",
            Self::SecretDecoding => "secret_decoding",
            Self::SecretPrefix => "secret_prefix",
            Self::SecretWhitespace => "secret_whitespace",
            Self::SecretQuotes => "secret_quotes",
            Self::JsonSpacing => "json_spacing",
            Self::KeyOrder => "key_order",
            Self::EscapedUnicode => "escaped_unicode",
            Self::TrailingNewline => "trailing_newline",
            Self::LineEndings => "line_endings",
            Self::ByteOrderMark => "byte_order_mark",
            Self::Charset => "charset",
            Self::JsonText => "json_text",
            Self::Base64Body => "base64_body",
            Self::CompressedBody => "compressed_body",
            Self::DecompressedBody => "decompressed_body",
            Self::TruncatedBody => "truncated_body",
            Self::ExtraBytes => "extra_bytes",
            Self::EmptyBody => "empty_body",
            Self::JsonSignedJsonbSent => "json_signed_jsonb_sent",
            Self::DoubledBackslashes => "doubled_backslashes",
            Self::Milliseconds => "milliseconds",
            Self::Seconds => "seconds",
            Self::TimestampForm => "timestamp_form",
            Self::ClockSkew => "clock_skew",
            Self::OtherSecret => "other_secret",
            Self::SignaturePrefix => "signature_prefix",
            Self::SignatureQuotes => "signature_quotes",
            Self::SignatureEncoding => "signature_encoding",
            Self::OtherAlgorithm => "other_algorithm",
            Self::SignedContent => "signed_content",
            Self::Handshake => "handshake",
        }
    }
}
