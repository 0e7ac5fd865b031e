-- Publishes what changed of one brand since a version that its owner knows to be stored.
-- KEYS  brand, ledger, updates, history, rank, alerts, then one hash for each alert
-- ARGV  one list as MessagePack, all numbers as text: brand, partition, incarnation, three offsets,
--       evaluation time, base version, MAXLEN of updates and of history, history hour in ms, fields
--       to set, names of fields to remove, ledger lines to set by day, days to remove, list of
--       history pairs, and alerts that changed, each as (kind, list of field pairs)
-- Replies 'published <version>' | {'refused', stored version} | {'base', stored version}
-- The last: another version is stored, or none; the brand has to be published whole.
--
-- Reads before writes, and the first write one that a full server denies, as in publish.lua.

local brand, partition, incarnation, offsets, at, base, updates_length, history_length, hour,
  set, gone, lines, gone_days, history, alerts = unpack(cmsgpack.unpack(ARGV[1]))
local incoming = {incarnation = incarnation, offsets = offsets, at = at}

local stored = redis.call('HGET', KEYS[1], 'version')
if stored ~= base then return {'base', stored or ''} end
local limit = latest()
local version = succeed(parse(stored), incoming, partition, limit)
if not version then return {'refused', stored} end

local set_lines = as_list(lines)
local changed = #gone > 0 or #set_lines > 0 or #gone_days > 0
for name in pairs(set) do changed = changed or name ~= 'as_of' end
for position, given in ipairs(alerts) do
  local alert = {kind = given[1], fields = given[2], key = KEYS[6 + position]}
  look_at(alert)
  alerts[position] = alert
  changed = changed or alert.entered
end
redis.call('HLEN', KEYS[2])
redis.call('XLEN', KEYS[3])
redis.call('ZSCORE', KEYS[5], brand)
redis.call('XLEN', KEYS[6])

local failed = write_history(KEYS[4], history_length, hour, history, at, limit)
if failed then return failed end
set.version = version
each('HSET', KEYS[1], as_list(set))
each('HDEL', KEYS[1], gone)
each('HSET', KEYS[2], set_lines)
each('HDEL', KEYS[2], gone_days)
for _, alert in ipairs(alerts) do write_alert(alert, brand, KEYS[6], updates_length) end
if set.influence_index then
  redis.call('ZADD', KEYS[5], set.influence_index, brand)
else
  for _, name in ipairs(gone) do
    if name == 'influence_index' then redis.call('ZREM', KEYS[5], brand) end
  end
end
if changed then
  redis.call('XADD', KEYS[3], 'MAXLEN', '~', updates_length, '*', 'brand', brand, 'version', version)
end
return {ok = 'published ' .. version}
