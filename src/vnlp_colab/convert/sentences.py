"""Sentences to compare networks on where the user gives none: short, long, with what people write."""

from __future__ import annotations

SENTENCES = (
    "Evet.",
    "Yarın sabah erkenden yola çıkacağız.",
    "Ayşe Yılmaz geçen hafta Ankara'dan İstanbul'a taşındı.",
    "Türkiye Büyük Millet Meclisi dün olağanüstü toplandı!",
    "Bu kitabı kütüphaneden ödünç aldım, ama daha bitiremedim.",
    "Toplantı saat 14.30'da başlayacak; lütfen geç kalmayın.",
    "Neden hâlâ kimse bana cevap vermedi?",
    "Fiyatlar %12,5 arttı, maaşlar ise yerinde saydı.",
    '"Deniz çok soğuk," dedi çocuk, "ama yine de gireceğim."',
    "İzmir'in Karşıyaka ilçesinde çıkan yangın itfaiye ekiplerince kısa sürede söndürüldü.",
    "Çekoslovakyalılaştıramadıklarımızdan mısınız diye sorarlar ya, işte o kelimeyi kimse bir solukta söyleyemez.",
    "bugün hava cok guzel, sahilde yuruyus yaptik :)",
    "Dün akşam arkadaşlarımla buluşup önce sinemaya gittik, filmden sonra köşedeki küçük lokantada mercimek çorbası "
    "ve pide yedik, sonra da sahil boyunca uzun uzun yürüyüp çocukluğumuzu, öğretmenlerimizi ve mahallemizi konuştuk.",
    "Köyün yaşlıları anlatır ki eskiden bu vadide her bahar sular yükselir, tarlalar göle döner, insanlar eşyalarını "
    "eşeklere yükleyip yamaçtaki evlere çıkar, günlerce orada kalır, akşamları ateşin başında toplanıp türkü söyler, "
    "masal anlatır, suyun çekilmesini bekler, sonra hep birlikte aşağıya iner, çamuru temizler ve yeniden ekip biçmeye "
    "koyulurlarmış, çünkü toprak o çamurla bereketlenirmiş.",
)
