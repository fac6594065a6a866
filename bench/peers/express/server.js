// Express and the vendor's client: Server-Sent Events, without login, storage or resume.
"use strict";

const express = require("express");
const OpenAI = require("openai");

const app = express();
const client = new OpenAI({ baseURL: process.env.OPENAI_BASE_URL, apiKey: process.env.OPENAI_API_KEY });

app.use(express.json());

app.post("/chat", async (request, response) => {
  response.set({ "Content-Type": "text/event-stream", "Cache-Control": "no-cache" });
  response.flushHeaders();
  const stream = await client.chat.completions.create({
    model: "bench",
    messages: [{ role: "user", content: request.body.content }],
    stream: true,
  });
  for await (const chunk of stream) {
    const content = chunk.choices[0]?.delta?.content;
    if (content) {
      response.write(`data: ${JSON.stringify({ content })}\n\n`);
    }
  }
  response.write("data: [DONE]\n\n");
  response.end();
});

app.listen(Number(process.env.PORT), "127.0.0.1");
