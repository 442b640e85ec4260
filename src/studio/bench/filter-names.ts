/** From Braze's pages on filters and advanced filters. */
export const BRAZE_FILTERS: ReadonlySet<string> = new Set(
  (
    'abs append as_json_string at_least at_most base64_encode capitalize ceil compact concat date default divided_by ' +
    'downcase escape first floor hmac_sha1 hmac_sha1_base64 hmac_sha1_hex hmac_sha256 hmac_sha256_base64 ' +
    'hmac_sha256_hex hmac_sha512 join json_escape last map md5 minus modulo money newline_to_br ' +
    'number_with_delimiter plus prepend property_accessor remove remove_first replace replace_first reverse round ' +
    'sha1 sha2 size slice sort sort_natural split strip strip_html strip_newlines time_zone times truncate ' +
    'truncatewords uniq upcase url_encode url_escape url_param_escape where'
  ).split(' '),
);

/** Of Liquid 5, which Braze is based on, but its pages name them nowhere. */
export const UNLISTED_FILTERS: ReadonlySet<string> = new Set(
  'base64_decode escape_once remove_last replace_last sum url_decode'.split(' '),
);

/** Those that its pages say are not there. */
export const MISSING_FILTERS: ReadonlySet<string> = new Set(
  (
    'camelize find_index format_address handleize highlight lstrip money_with_currency money_without_currency ' +
    'pluralize rstrip'
  ).split(' '),
);
