-- What the scripts that publish share, put before each of them. First the fence. A version reads
--   incarnation:partition:offset,offset,offset:evaluation time in microseconds
-- and is opaque to readers. Everything is compared as decimal text, which is exact at any size.

local AHEAD = 5000000 -- microseconds by which an evaluation time may be ahead of this server

local function compare(a, b)
  local a_negative, b_negative = a:sub(1, 1) == '-', b:sub(1, 1) == '-'
  if a_negative ~= b_negative then return a_negative and -1 or 1 end
  local sign = a_negative and -1 or 1
  if #a ~= #b then return #a < #b and -sign or sign end
  if a == b then return 0 end
  return a < b and -sign or sign
end

local function parse(version)
  if not version then return nil end
  local incarnation, partition, mentions, tickets, activity, at =
    version:match('^(%d+):(%d+):(%-?%d+),(%-?%d+),(%-?%d+):(%-?%d+)$')
  -- A version of unknown form fences nothing: there is nothing to compare with.
  if not incarnation then return nil end
  return {
    incarnation = incarnation, partition = partition,
    offsets = {mentions, tickets, activity}, at = at,
  }
end

-- The latest evaluation time that counts, so that a clock that runs ahead blocks nobody for long.
local function latest()
  local now = redis.call('TIME')
  return string.format('%.0f', tonumber(now[1]) * 1000000 + tonumber(now[2]) + AHEAD)
end

local function clamp(at, limit)
  return compare(at, limit) > 0 and limit or at
end

-- 1 where new is ahead of old in (incarnation, offsets), 0 where equal, -1 where anything went back.
local function progress(old, new)
  local order = compare(new.incarnation, old.incarnation)
  if order ~= 0 then return order end
  for i = 1, 3 do
    local step = compare(new.offsets[i], old.offsets[i])
    if step < 0 then return -1 end
    if step > 0 then order = 1 end
  end
  return order
end

-- The version of what comes in, whose time is clamped to the limit; nil where what is stored wins.
local function succeed(previous, incoming, partition, limit)
  incoming.at = clamp(incoming.at, limit)
  if previous then
    local order = progress(previous, incoming)
    if order < 0 or (order == 0 and compare(incoming.at, clamp(previous.at, limit)) < 0) then
      return nil
    end
  end
  return table.concat({
    incoming.incarnation, partition, table.concat(incoming.offsets, ','), incoming.at,
  }, ':')
end

-- Commands with many values, in pieces that fit Lua's stack.
local function each(command, key, values)
  for first = 1, #values, 500 do
    redis.call(command, key, unpack(values, first, math.min(first + 499, #values)))
  end
end

local function as_table(pairs_list)
  local result = {}
  for i = 1, #pairs_list, 2 do result[pairs_list[i]] = pairs_list[i + 1] end
  return result
end

local function as_list(fields)
  local result = {}
  for name, value in pairs(fields) do
    result[#result + 1] = name
    result[#result + 1] = value
  end
  return result
end

-- Finds out what an alert, given with its key, kind and list of field pairs, changes.
local function look_at(alert)
  local had, new = as_table(redis.call('HGETALL', alert.key)), as_table(alert.fields)
  alert.gone = {}
  for name, value in pairs(new) do alert.moved = alert.moved or had[name] ~= value end
  for name in pairs(had) do
    if not new[name] then table.insert(alert.gone, name) end
  end
  alert.entered = had.state ~= new.state or had.since ~= new.since
  -- Where nothing was known before, that nothing is known now is no news.
  if not had.state and new.state == 'unknown' then alert.entered = false end
end

local function write_alert(alert, brand, stream, length)
  if alert.moved or #alert.gone > 0 then
    each('HDEL', alert.key, alert.gone)
    each('HSET', alert.key, alert.fields)
  end
  if alert.entered then
    redis.call('XADD', stream, 'MAXLEN', '~', length, '*',
      'brand', brand, 'kind', alert.kind, unpack(alert.fields))
  end
end

-- Adds an hour to a history unless it is there; returns an error, if there was another one. An hour
-- that lies ahead of this server is left out: it would block all until then.
local function write_history(key, length, hour, entry, at, limit)
  if #entry == 0 or compare(at, limit) > 0 then return nil end
  local reply = redis.pcall('XADD', key, 'MAXLEN', '~', length, hour .. '-0', unpack(entry))
  if type(reply) == 'table' and reply.err and not reply.err:find('equal or smaller', 1, true) then
    return reply
  end
end
