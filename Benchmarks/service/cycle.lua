-- For wrk: posts the lines of a file one after another, from the first again after the last, and prints one line of
-- JSON in the end.
--
--   wrk -s cycle.lua URL -- BODIES PATH

local requests, at = {}, 0

function init(arguments)
  local file = assert(io.open(arguments[1], "r"))
  for body in file:lines() do
    requests[#requests + 1] =
      wrk.format("POST", arguments[2], {["Content-Type"] = "application/json"}, body)
  end
  file:close()
end

function request()
  at = at % #requests + 1
  return requests[at]
end

-- Times are microseconds.
function done(summary, latency)
  local errors = summary.errors
  io.write(string.format(
    'RESULT {"requests":%d,"us":%d,"failed":%d,"p50":%d,"p90":%d,"p99":%d,"max":%d}\n',
    summary.requests, summary.duration,
    errors.connect + errors.read + errors.write + errors.status + errors.timeout,
    latency:percentile(50), latency:percentile(90), latency:percentile(99), latency.max))
end
