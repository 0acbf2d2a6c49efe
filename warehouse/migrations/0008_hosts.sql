-- What is remembered of hosts from one run to the next: a schedule of short runs is as polite as one long run.

CREATE TABLE host_rules (
  origin VARCHAR NOT NULL,
  robots VARCHAR NOT NULL,
  reservations VARCHAR,
  good_until TIMESTAMPTZ NOT NULL
);
COMMENT ON TABLE host_rules IS 'The rules of each host as it served them last: one row an origin, for as long as they hold (24 hours), so that no run asks for them again meanwhile.';
COMMENT ON COLUMN host_rules.origin IS 'Scheme, host and port, as in https://example.org:8443.';
COMMENT ON COLUMN host_rules.robots IS 'The robots.txt, at most 500 KiB of it. Empty where the host has none.';
COMMENT ON COLUMN host_rules.reservations IS 'The file that reserves rights of text and data mining, /.well-known/tdmrep.json. Empty where the host has none, NULL where it was not asked for.';
COMMENT ON COLUMN host_rules.good_until IS 'When they are asked for again.';

CREATE TABLE host_pauses (
  host VARCHAR NOT NULL,
  paused_until TIMESTAMPTZ NOT NULL,
  reason VARCHAR NOT NULL
);
COMMENT ON TABLE host_pauses IS 'The hosts that are left alone for a while: one row a host. Nothing is asked of it before, in this run or the next.';
COMMENT ON COLUMN host_pauses.host IS 'The host, lower-case, without a port.';
COMMENT ON COLUMN host_pauses.paused_until IS 'When it is asked again.';
COMMENT ON COLUMN host_pauses.reason IS 'Stable lower-case code of why: http_429 and http_503 where it asked for it, breaker where it went on failing, robots_unreachable where its robots.txt cannot be had.';
